import { expect, test } from 'vitest'
import { fakeQueue } from '../../../testing/jobs/fake-queue.ts'
import { aMeeting, at } from '../../../testing/meetings/builders.ts'
import { memoryMeetingStore } from '../../../testing/meetings/memory-meeting-store.ts'
import { anEvent, someRules } from '../../../testing/planning/events.ts'
import type { PlanFacts } from '../scheduling-store.ts'
import { loadWithKeys } from './load-with-keys.ts'

const joinKey = 'meet:as-read-before'
const event = anEvent()

/** A user with a bot for an event whose link was read otherwise when it was ordered. */
async function aBotAsReadBefore() {
  const store = memoryMeetingStore(undefined, () => at(0))
  const times = { joinAt: event.startTime, eventStartsAt: event.startTime, eventEndsAt: event.endTime }
  const bot = aMeeting({ userId: 'ines', calendarEventId: event.id, joinKey, ...times })
  await store.claim(
    bot,
    { type: 'bot_requested', occurredAt: at(0), data: { joinAt: null }, cause: 'worker' },
    'nobody',
  )
  let loads = 0
  const load = async (): Promise<PlanFacts> => {
    loads++
    const none = { overrides: [], decisions: new Map(), shared: new Set<string>(), others: [], accountEmails: [] }
    return { rules: someRules(), events: [event], meetings: [...store.rows()], ...none }
  }
  const change = async (changes: object) => {
    const [before] = store.rows()
    if (before) await store.saveChange({ before, next: { ...before, ...changes }, entries: [], cause: 'worker' })
  }
  const deps = { meetings: store, queue: fakeQueue(), now: () => at(0) }
  return { store, deps, load, change, id: bot.id, loads: () => loads }
}

test('the key is written as it is read now, without an entry in the timeline, and everything is loaded once more', async () => {
  const { store, deps, load, id, loads } = await aBotAsReadBefore()
  const version = (store.rows()[0]?.version ?? 0) + 1
  const { meetings } = await loadWithKeys(deps, load)
  expect([meetings.map((one) => one.joinKey), loads()]).toEqual([[event.joinKey], 2])
  expect(await store.find(id)).toMatchObject({ joinKey: event.joinKey, version, lastSeq: 1 })
  await loadWithKeys(deps, load)
  expect([(await store.find(id))?.version, loads()]).toEqual([version, 3])
})

test.each([{ joinKey: 'meet:moved-meanwhile' }, { state: 'completed', finalAt: at(1) }])(
  'a row that has changed since it was loaded is not written: %j',
  async (changes) => {
    const { store, deps, load, change, id } = await aBotAsReadBefore()
    const first = await load()
    await change(changes)
    const answers = [first]
    await loadWithKeys(deps, async () => answers.shift() ?? (await load()))
    expect((await store.find(id))?.joinKey).toBe(changes.joinKey ?? joinKey)
  },
)
