import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { memoryRetentionStore } from '../../testing/erasure/memory-retention-store.ts'
import { fakeQueue } from '../../testing/jobs/fake-queue.ts'
import { aMeeting, at } from '../../testing/meetings/builders.ts'
import { memoryMeetingStore } from '../../testing/meetings/memory-meeting-store.ts'
import type { Meeting } from '../meetings/meeting.ts'
import { applyRetention } from './apply-retention.ts'
import { keepAll, type Retention } from './retention.ts'

const dayMs = 24 * 3_600_000
const going = { signal: new AbortController().signal }

/** Ended bots of one user on a day long after. `ages`: how many days ago each ended. */
async function bots(...ages: number[]) {
  const userId = randomUUID()
  const now = () => at(1_000 * 24 * 60)
  const meetings = memoryMeetingStore(undefined, now)
  const queue = fakeQueue()
  const users = new Map([['ines', userId]])
  const retention = memoryRetentionStore({ meetings, users })
  const added: Meeting[] = []
  for (const age of ages) {
    const finalAt = new Date(now().getTime() - age * dayMs)
    const ended = { state: 'completed' as const, finalAt, collected: true, recordingStartedAt: finalAt }
    const meeting = aMeeting({ userId, joinKey: `meet:${randomUUID()}`, meetingBaasId: randomUUID(), ...ended })
    await meetings.claim(
      meeting,
      { type: 'bot_requested', occurredAt: at(0), data: { joinAt: null }, cause: 'api' },
      'nobody',
    )
    added.push(meeting)
  }
  const apply = (days: Partial<Retention>, context = going) =>
    applyRetention({ meetings, retention, retentionDays: { ...keepAll, ...days }, queue, now }, context)
  const scopes = async () =>
    Promise.all(added.map(async ({ id }) => (await meetings.find(id))?.deletion?.scopes.join() ?? 'kept'))
  return { apply, scopes, retention, meetings, queue, added }
}

test('nothing is deleted unless somebody says so', async () => {
  const { apply, scopes } = await bots(1, 900)
  expect(await apply({})).toEqual({ everything: 0, media: 0, transcripts: 0 })
  expect(await scopes()).toEqual(['kept', 'kept'])
})

test('each part goes when its time is over, and the whole at last', async () => {
  const { apply, scopes } = await bots(5, 40, 100, 400)
  const days = { media: 30, transcripts: 90, everything: 365 }
  expect(await apply(days)).toEqual({ everything: 1, media: 2, transcripts: 1 })
  expect(await scopes()).toEqual(['kept', 'media', 'media,transcripts', 'everything'])
  expect(await apply(days)).toEqual({ everything: 0, media: 0, transcripts: 0 })
})

test('a user may only shorten the time', async () => {
  const { apply, scopes, retention } = await bots(20, 40)
  await retention.setForUser('ines', { ...keepAll, everything: 500 })
  await apply({ everything: 30 })
  expect(await scopes()).toEqual(['kept', 'everything'])
  await retention.setForUser('ines', { ...keepAll, everything: 10 })
  await apply({ everything: 30 })
  expect(await scopes()).toEqual(['everything', 'everything'])
})

test('a bot on hold is skipped', async () => {
  const { apply, scopes, meetings, added } = await bots(40, 40)
  const before = (await meetings.find((added[0] as Meeting).id)) as Meeting
  const hold = { since: at(0).toISOString(), reason: null }
  await meetings.saveChange({ before, next: { ...before, hold }, entries: [], cause: 'api' })
  await apply({ everything: 30 })
  expect(await scopes()).toEqual(['kept', 'everything'])
})

test('years of recordings go in portions, and each begins its own job', async () => {
  const { apply, queue } = await bots(...Array.from({ length: 1_100 }, () => 40))
  expect(await apply({ everything: 30 })).toMatchObject({ everything: 1_000 })
  expect(await apply({ everything: 30 })).toMatchObject({ everything: 100 })
  expect(queue.jobs.filter(({ name }) => name === 'delete-data')).toHaveLength(1_100)
})

test('a worker that stops begins nothing more', async () => {
  const { apply } = await bots(40)
  expect(await apply({ everything: 30 }, { signal: AbortSignal.abort() })).toMatchObject({ everything: 0 })
})
