import { expect, test } from 'vitest'
import { anIntegration } from '../../testing/calendars/calendar-builders.ts'
import { schedulingWorld } from '../../testing/planning/scheduling-world.ts'

test('an event never names another event as having the bot if that event has none', async () => {
  const world = await schedulingWorld({ enabled: true, leadMinutes: 15 })
  const second = anIntegration({ userId: world.userId, accountEmail: 'ines@home.test' })
  await world.integrations.add(second)
  const meetingUrl = 'https://zoom.us/j/91234567890'
  // So close before the event that a second bot would sit beside it, but no bot of that meeting.
  const ordered = await world.order({ meetingUrl, joinAt: world.inMinutes(100) })
  await world.settle()
  const times = { startTime: world.inMinutes(115), endTime: world.inMinutes(145) }
  const events = [await world.put({ meetingUrl, ...times }), await world.put({ meetingUrl, ...times }, second)]
  await world.settle()
  const meetingId = 'meeting' in ordered ? ordered.meeting.id : ''
  expect(world.live()).toHaveLength(1)
  for (const { id } of events) expect((await world.decision(id))?.sharedWith).toEqual({ meetingId })
})
