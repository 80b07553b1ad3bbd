import { expect, test } from 'vitest'
import { aMeeting, at } from '../../testing/meetings/builders.ts'
import { memoryMeetingStore } from '../../testing/meetings/memory-meeting-store.ts'
import { dueMeetings } from '../meetings/due-meetings.ts'
import type { Meeting } from '../meetings/meeting.ts'
import { requeueStuck } from './requeue-stuck.ts'
import { urgency, urgencyOfJoin } from './urgency.ts'

/** A store with due meetings, and the jobs that the sweep enqueues for them. */
async function setUp(...owed: Partial<Meeting>[]) {
  const meetings = memoryMeetingStore()
  const ids: string[] = []
  for (const [i, changes] of owed.entries()) {
    const meeting = aMeeting({ dueAt: at(0), joinKey: `meet:${i}`, ...changes })
    await meetings.claim(
      meeting,
      { type: 'bot_requested', occurredAt: at(0), data: { joinAt: null }, cause: 'api' },
      'nobody',
    )
    ids.push(meeting.id)
  }
  const indexOf = (payload: object) => ids.indexOf((payload as { meetingId: string }).meetingId)
  const calls: { name: string; jobs: [number, number][] }[] = []
  const enqueueMany = async (name: string, payloads: object[], options?: { urgency?: unknown }) => {
    const place = options?.urgency as (payload: unknown, i: number) => number
    calls.push({ name, jobs: payloads.map((each, i) => [indexOf(each), place(each, i)]) })
  }
  const sweep = (now: Date) =>
    requeueStuck({ sources: { meetings: dueMeetings(meetings) }, queue: { enqueueMany }, now: () => now })
  return { calls, sweep, meetings, ids }
}

test('owed jobs get their place in the line, in one call for each kind', async () => {
  const bot = { meetingBaasId: 'bot', state: 'scheduled' as const }
  const { calls, sweep } = await setUp(
    { joinAt: at(600) },
    { joinAt: null },
    { ...bot, meetingBaasId: 'b2', joinAt: at(700), leaveRequestedAt: at(0) },
    { ...bot, meetingBaasId: 'b3', joinAt: at(800), changeOwed: true },
    { ...bot, meetingBaasId: 'b4', joinAt: at(900) },
    { joinAt: at(950), leaveRequestedAt: at(0) },
  )
  expect(await sweep(at(1))).toMatchObject({ meetings: 6 })
  const later = (minutes: number) => urgencyOfJoin(at(minutes), at(1))
  expect(calls).toHaveLength(4)
  expect(Object.fromEntries(calls.map(({ name, jobs }) => [name, jobs]))).toEqual({
    'leave-bot': [[2, urgency.leave]],
    'create-bot': [
      [0, later(600)],
      [1, urgency.now],
      [5, urgency.leave],
    ],
    'reschedule-bot': [[3, later(800)]],
    'sync-bot': [[4, urgency.soon]],
  })
})

test('a meeting that somebody waits for is due again within seconds, the others after two minutes', async () => {
  const { sweep } = await setUp({ joinAt: null }, { joinAt: at(600) })
  expect(await sweep(at(1))).toMatchObject({ meetings: 2 })
  expect(await sweep(at(1, 9))).toMatchObject({ meetings: 0 })
  expect(await sweep(at(1, 10))).toMatchObject({ meetings: 1 })
  expect(await sweep(at(3))).toMatchObject({ meetings: 2 })
})
