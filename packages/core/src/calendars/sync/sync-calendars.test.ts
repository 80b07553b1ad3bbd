import { expect, test } from 'vitest'
import { syncedCalendar } from '../../../testing/calendars/synced-calendar.ts'
import { syncCalendars } from './sync-calendars.ts'

const context = { signal: new AbortController().signal, progress: () => {} }
const period = 300

test.each([0, 0.4, 0.6, 0.8])(
  'a calendar that is always read when %f of the period has passed is read at every tick',
  async (share) => {
    const { deps, sync, pass } = await syncedCalendar()
    for (let tick = 0; tick < 4; tick++) {
      expect(await syncCalendars(deps, context)).toEqual({ enqueued: 1 })
      // Never twice at the same tick.
      expect(await syncCalendars(deps, context)).toEqual({ enqueued: 0 })
      pass(share * period)
      await sync()
      pass((1 - share) * period)
    }
  },
)

test('a lost job is made up for at the next tick, even when this tick came late', async () => {
  const { deps, pass } = await syncedCalendar()
  pass(0.7 * period)
  expect(await syncCalendars(deps, context)).toEqual({ enqueued: 1 })
  pass(0.3 * period)
  expect(await syncCalendars(deps, context)).toEqual({ enqueued: 1 })
})
