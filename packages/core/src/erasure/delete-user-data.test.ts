/** What becomes of recordings and transcripts when their owner is deleted. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { dataWorld } from '../../testing/erasure/data-world.ts'
import { at } from '../../testing/meetings/builders.ts'
import { RetryableError } from '../basics/errors.ts'
import type { Subscriber } from '../meetings/meeting.ts'
import { copyArtifact } from '../recordings/custody/copy-artifact.ts'
import { holdBot } from './hold-bot.ts'

const folder = mkdtempSync(join(tmpdir(), 'seer-user-data-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('files, transcripts and the copy at the vendor go first, then the bot', async () => {
  const world = await dataWorld(folder)
  await world.deleteUser()
  expect(await world.meetings.find(world.meeting.id)).not.toBeNull()
  await world.work()
  expect(world.storage.objects.size).toBe(0)
  expect(await world.transcripts.list(world.meeting.id)).toEqual([])
  expect(world.inbox.row(world.chatWebhook).body).toBeNull()
  expect(world.vendorBot()?.end).toMatchObject({ artifacts: { video: null } })
  expect(await world.receipt()).toMatchObject({ state: 'deleted', reason: 'user_deleted' })
  await world.deleteUser()
  expect(await world.meetings.find(world.meeting.id)).toBeNull()
})

test('the bot stays as long as the vendor has its data', async () => {
  const world = await dataWorld(folder)
  const { deleteBotData } = world.vendor
  world.vendor.deleteBotData = async () => {
    throw new RetryableError('VENDOR_UNAVAILABLE', { detail: 'It is away.' })
  }
  await world.deleteUser()
  await world.work()
  await world.deleteUser()
  expect((await world.receipt()).left).toEqual([{ what: 'vendor', reason: 'VENDOR_UNAVAILABLE: It is away.' }])
  world.vendor.deleteBotData = deleteBotData
  await world.pass(5)
  await world.deleteUser()
  expect(await world.meetings.find(world.meeting.id)).toBeNull()
})

test('a hold ends with the user who placed it', async () => {
  const world = await dataWorld(folder)
  const { userId, id: botId } = world.meeting
  await holdBot(world, { userId, botId, hold: true, reason: 'Case 7' })
  await world.deleteUser()
  await world.work()
  expect(world.storage.objects.size).toBe(0)
})

test('a file that is being copied at that moment does not stay', async () => {
  const world = await dataWorld(folder)
  const video = await world.one(world.meeting, 'video')
  const again = { state: 'pending' as const, settled: false, dueAt: world.now(), storageKey: null }
  await world.artifacts.save(video, { ...video, ...again })
  await world.storage.delete(video.storageKey as string)
  world.during.fetch = async () => {
    world.during.fetch = undefined
    await world.deleteUser()
    world.jobs.splice(0)
  }
  await copyArtifact(world.deps, { artifactId: video.id }, world.context)
  for (let i = 0; i < 5; i++) await world.pass(2)
  expect(world.storage.objects.size).toBe(0)
  expect((await world.receipt()).state).toBe('deleted')
})

test('handing a bot over keeps everything, also the hold', async () => {
  const world = await dataWorld(folder)
  const { userId, id: botId, meetingUrl } = world.meeting
  await holdBot(world, { userId, botId, hold: true, reason: 'Case 7' })
  const before = await world.stored()
  const times = { sharedSince: at(1), sharedLate: false, eventStartsAt: null, eventEndsAt: null }
  const event = { meetingBaasCalendarId: null, calendarEventId: null, calendarProvider: null }
  const heir: Subscriber = { userId: randomUUID(), meetingUrl, extra: null, ...times, ...event }
  await world.meetings.saveChange({ before, next: before, entries: [], cause: 'api', subscribe: heir })
  await world.deleteUser()
  await world.pass(5)
  expect(await world.stored()).toMatchObject({ userId: heir.userId, deletion: null, hold: { reason: 'Case 7' } })
  expect(world.storage.objects.size).toBe(3)
  expect(await world.transcripts.list(botId)).toHaveLength(1)
  expect(await world.transcripts.speakers(botId)).toContainEqual({ label: 'Bo Lind', name: 'Bo L.' })
})
