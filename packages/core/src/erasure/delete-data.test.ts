/** From the request until nothing is left, here and at the vendor. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { at, completed } from '../../testing/builders.ts'
import { type DataWorld, dataWorld } from '../../testing/data-world.ts'
import { Killed, killedAt, unlessKilled } from '../../testing/killed-at.ts'
import { PermanentError, RetryableError, SeerError } from '../basics/errors.ts'
import { collectArtifacts } from '../recordings/custody/collect-artifacts.ts'
import { deleteArtifact } from '../recordings/custody/delete-artifact.ts'
import { readTranscript } from '../recordings/transcripts/read-transcript.ts'
import type { Artifacts } from '../vendor/facts.ts'
import { deleteData } from './delete-data.ts'
import { holdBot } from './hold-bot.ts'

const folder = mkdtempSync(join(tmpdir(), 'seer-data-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const down = (code: 'VENDOR_UNAVAILABLE' | 'STORAGE_UNAVAILABLE' = 'VENDOR_UNAVAILABLE') =>
  new RetryableError(code, { detail: 'It is away.' })
const kinds = ['video', 'audio', 'transcription']

/** Nothing of what was recorded is anywhere, and the receipt says so. */
async function expectAllGone(world: DataWorld): Promise<void> {
  const { meeting } = world
  expect([...world.storage.objects.keys()]).toEqual([])
  expect(await world.transcripts.list(meeting.id)).toEqual([])
  expect(await world.transcripts.speakers(meeting.id)).toEqual([])
  expect(world.inbox.row(world.chatWebhook).body).toBeNull()
  expect(world.vendorBot()?.end).toMatchObject({ artifacts: { video: null, transcription: null } })
  const stored = await world.stored()
  expect(stored).toMatchObject({ artifacts: null, participants: null, speakers: null, deleteDueAt: null, dueAt: null })
  for (const who of ['Ines', 'Bo L', 'Hello', 'https://files']) {
    expect(JSON.stringify([stored, await world.timeline(), await world.artifacts.of(meeting.id)])).not.toContain(who)
  }
  const receipt = await world.receipt()
  expect(receipt).toMatchObject({ state: 'deleted', scopes: ['everything'], left: [], vendor: { outcome: 'deleted' } })
  expect(receipt.storage.removed.map(({ kind }) => kind)).toEqual(kinds)
  expect(receipt.storage.removed.every(({ bytes, sha256 }) => Number(bytes) > 0 && sha256?.length === 64)).toBe(true)
  expect(receipt.database).toEqual({
    transcripts: [{ version: 1, source: 'vendor', utterances: 2 }],
    utterances: 2,
    speakerNames: 1,
    chatMessages: 1,
  })
  const types = (await world.timeline()).map(({ type }) => type)
  expect(types.filter((type) => type === 'data_deletion_requested')).toHaveLength(1)
  expect(types.filter((type) => type === 'data_deleted')).toHaveLength(1)
  // The grade says what was delivered.
  expect(stored.delivery).toMatchObject({ grade: 'partial', reasons: expect.arrayContaining(['data_deleted']) })
}

/** Lets time pass until nothing is left. Failures of jobs are left to the sweep. */
async function untilDone(world: DataWorld): Promise<void> {
  for (let i = 0; i < 60 && (await world.receipt()).state !== 'deleted'; i++) {
    await world.pass(2).catch((error: unknown) => {
      if (!(error instanceof SeerError)) throw error
    })
  }
}

test('everything goes: files, transcripts, names, chat, webhooks and the copy at the vendor', async () => {
  const world = await dataWorld(folder)
  expect(await world.transcripts.list(world.meeting.id)).toHaveLength(1)
  expect(world.storage.objects.size).toBe(3)
  expect((await world.request()).outcome).toBe('requested')
  expect(await world.stored()).toMatchObject({ artifacts: null, participants: null, speakers: null })
  await world.work()
  await expectAllGone(world)
})

test('asking again changes nothing and is answered with the receipt', async () => {
  const world = await dataWorld(folder)
  await world.request()
  await world.work()
  const before = await world.stored()
  expect((await world.request()).outcome).toBe('known')
  expect(await world.stored()).toEqual(before)
})

test('the last entry of the timeline is the receipt', async () => {
  const world = await dataWorld(folder)
  await world.request()
  await world.work()
  const { data } = (await world.timeline()).find(({ type }) => type === 'data_deleted') ?? { data: {} }
  expect(data).toMatchObject({ reason: 'request', storage: { files: 3 }, database: { utterances: 2 } })
})

describe('is refused', () => {
  test('while the bot has not ended', async () => {
    const world = await dataWorld(folder)
    const before = await world.stored()
    await world.meetings.saveChange({ before, next: { ...before, state: 'recording' }, entries: [], cause: 'sync' })
    expect(await world.request()).toEqual({ outcome: 'not_ended' })
  })

  test('while the data are on hold, and nothing is touched', async () => {
    const world = await dataWorld(folder)
    const order = { userId: world.meeting.userId, botId: world.meeting.id, reason: 'Case 7' }
    await holdBot(world, { ...order, hold: true })
    expect(await world.request()).toEqual({ outcome: 'on_hold' })
    expect(await world.retire('media')).toEqual({ outcome: 'on_hold' })
    await world.pass(5)
    expect(world.storage.objects.size).toBe(3)
    await holdBot(world, { ...order, hold: false, reason: null })
    expect((await world.request()).outcome).toBe('requested')
    expect((await world.timeline()).map(({ type }) => type)).toEqual(
      expect.arrayContaining(['hold_placed', 'hold_lifted']),
    )
  })
})

test('a hold comes too late for what is deleted', async () => {
  const world = await dataWorld(folder)
  await world.request()
  const order = { userId: world.meeting.userId, botId: world.meeting.id, hold: true, reason: null }
  expect(await holdBot(world, order)).toEqual({ outcome: 'already_deleted' })
})

describe('what cannot be removed at once', () => {
  test('at the vendor is in the receipt with the reason, and is tried again', async () => {
    const world = await dataWorld(folder)
    world.failNext('deleteBotData', down())
    await world.request()
    await world.work()
    expect(await world.receipt()).toMatchObject({
      state: 'deleting',
      left: [{ what: 'vendor', reason: 'VENDOR_UNAVAILABLE: It is away.' }],
    })
    await world.pass(2)
    await expectAllGone(world)
  })

  test('from the storage is in the receipt with the reason, and is tried again', async () => {
    const world = await dataWorld(folder)
    const { delete: remove } = world.storage
    world.storage.delete = async () => {
      throw down('STORAGE_UNAVAILABLE')
    }
    await world.request()
    await expect(world.work()).rejects.toThrow('It is away.')
    await world.pass(3).catch(() => {})
    expect((await world.receipt()).left).toContainEqual({
      what: 'file',
      kind: 'video',
      reason: 'STORAGE_UNAVAILABLE: It is away.',
    })
    world.storage.delete = remove
    await untilDone(world)
    await expectAllGone(world)
  })

  test('because the vendor says that the bot has not ended waits until it has', async () => {
    const world = await dataWorld(folder)
    world.failNext(
      'deleteBotData',
      new PermanentError('VENDOR_CONFLICT', { detail: 'Not ended.', upstreamStatus: 409 }),
    )
    await world.request()
    await world.work()
    expect((await world.receipt()).vendor).toMatchObject({ outcome: 'pending', reason: 'VENDOR_CONFLICT: Not ended.' })
    await untilDone(world)
    await expectAllGone(world)
  })

  test('is not waited for when the vendor does not know the bot, or has deleted it by itself', async () => {
    const unknown = await dataWorld(folder)
    unknown.failNext('deleteBotData', new PermanentError('VENDOR_BOT_NOT_FOUND', { upstreamStatus: 404 }))
    await unknown.request()
    await unknown.work()
    expect(await unknown.receipt()).toMatchObject({ state: 'deleted', vendor: { outcome: 'not_there' } })
    const late = await dataWorld(folder)
    late.setTime(at(35 + 4 * 24 * 60))
    late.failNext('deleteBotData', new PermanentError('VENDOR_UNAUTHORIZED', { detail: 'Wrong key.' }))
    await late.request()
    await late.work()
    const vendor = { outcome: 'expired', reason: 'VENDOR_UNAUTHORIZED: Wrong key.' }
    expect(await late.receipt()).toMatchObject({ state: 'deleted', vendor })
  })

  test('is a webhook that nobody has processed yet', async () => {
    const world = await dataWorld(folder)
    const id = await world.received(world.chat)
    await world.request()
    await world.work()
    expect((await world.receipt()).state).toBe('deleting')
    await world.inbox.saveProcessed({ webhookEventId: id, outcome: 'late', change: null, at: world.now() })
    await untilDone(world)
    expect(world.inbox.row(id).body).toBeNull()
    await expectAllGone(world)
  })
})

describe('nothing brings back what is deleted', () => {
  test('a late webhook with new links, people and chat, and its own body is not kept', async () => {
    const world = await dataWorld(folder)
    await world.request()
    await world.work()
    const again = [
      await world.webhook(completed(at(34), { artifactsExpireAt: at(600) })),
      await world.webhook(world.chat),
    ]
    await world.pass(5)
    for (const id of again) expect(world.inbox.row(id)).toMatchObject({ state: 'processed', body: null })
    await expectAllGone(world)
  })

  test('a vendor that shows data later is told to delete them again', async () => {
    const world = await dataWorld(folder)
    await world.request()
    await world.work()
    await world.webhook(completed(at(50)))
    expect(await world.receipt()).toMatchObject({ state: 'deleting', vendor: { outcome: 'pending' } })
    await world.work()
    expect(await world.receipt()).toMatchObject({ state: 'deleted', vendor: { outcome: 'deleted' } })
    expect(await world.stored()).toMatchObject({ artifacts: null, participants: null })
  })

  test('jobs that were under way: making artifacts, reading the transcript, copying', async () => {
    const world = await dataWorld(folder)
    const before = await world.stored()
    await world.request()
    await world.work()
    const stale = { ...world, meetings: { ...world.meetings, find: async () => ({ ...before, collected: false }) } }
    expect(await collectArtifacts(stale, { meetingId: before.id }).catch(() => 'overtaken')).toBe('overtaken')
    await readTranscript(world, { meetingId: before.id })
    const chat = await world.one(before, 'chat')
    await world.artifacts.save(chat, { ...chat, state: 'pending', settled: false, dueAt: world.now() })
    const links = { ...before.artifacts, chat: 'https://files' } as Artifacts
    world.vendor.getBot = async () => completed(at(33), { artifacts: links })
    await world.pass(5)
    await expectAllGone(world)
  })
})

describe('a bot whose end Seer only concluded', () => {
  test('may still bring its end, but no data; the vendor is told when it has ended', async () => {
    const world = await dataWorld(folder)
    const before = await world.stored()
    const lost = { ...before, state: 'failed' as const, endInferred: true, errorCode: 'BOT_LOST' }
    await world.meetings.saveChange({ before, next: lost, entries: [], cause: 'sync' })
    world.failNext('deleteBotData', new PermanentError('VENDOR_CONFLICT', { detail: 'Not ended.' }))
    await world.request()
    await world.work()
    await world.webhook(completed(at(50)))
    const gone = { artifacts: null, participants: null, speakers: null, collected: true }
    expect(await world.stored()).toMatchObject({ state: 'completed', endInferred: false, errorCode: null, ...gone })
    await untilDone(world)
    await expectAllGone(world)
  })
})

describe('retention', () => {
  test('of media keeps the transcript, and the vendor’s copy goes when the rest has been copied', async () => {
    const world = await dataWorld(folder)
    expect((await world.retire('media')).outcome).toBe('requested')
    await world.work()
    expect([...world.storage.objects.keys()].map((key) => /[a-z]+-[0-9a-f]{16}/.exec(key)?.[0].split('-')[0])).toEqual([
      'transcription',
    ])
    expect(await world.one(world.meeting, 'video')).toMatchObject({ state: 'deleted', reason: 'retention' })
    expect(await world.transcripts.list(world.meeting.id)).toHaveLength(1)
    expect((await world.stored()).participants).toHaveLength(1)
    expect(await world.receipt()).toMatchObject({ state: 'deleted', scopes: ['media'], vendor: { outcome: 'deleted' } })
    expect((await world.stored()).artifacts).toMatchObject({ video: null, transcription: expect.any(String) })
  })

  test('of transcripts keeps the video, and more may go later', async () => {
    const world = await dataWorld(folder)
    await world.retire('transcripts')
    await world.work()
    expect(await world.transcripts.list(world.meeting.id)).toEqual([])
    expect(await world.one(world.meeting, 'video')).toMatchObject({ state: 'stored' })
    expect((await world.timeline()).find(({ type }) => type === 'chat_message')?.data).toEqual({ removed: true })
    await world.request()
    await world.work()
    expect(world.storage.objects.size).toBe(0)
    const receipt = await world.receipt()
    expect(receipt).toMatchObject({
      state: 'deleted',
      scopes: ['everything'],
      reason: 'request',
      storage: { files: 3 },
    })
    expect(receipt.database).toMatchObject({ utterances: 2, speakerNames: 1, chatMessages: 1 })
  })

  test('of transcripts that no file holds is in the grade, too', async () => {
    const world = await dataWorld(folder)
    const words = await world.one(world.meeting, 'transcription')
    await world.artifacts.save(words, { ...words, state: 'missing', storageKey: null })
    expect((await world.stored()).delivery?.facts.words).toBe(5)
    await world.retire('transcripts')
    await deleteData(world.deletion, { meetingId: world.meeting.id })
    const { reasons, facts } = (await world.stored()).delivery ?? {}
    expect([reasons?.includes('data_deleted'), facts?.words]).toEqual([true, null])
  })

  test('waits at the vendor for files that are kept and not copied yet', async () => {
    const world = await dataWorld(folder)
    const video = await world.one(world.meeting, 'video')
    await world.artifacts.save(video, { ...video, state: 'pending', settled: false, dueAt: at(900) })
    await world.retire('transcripts')
    await world.work()
    expect((await world.receipt()).left).toEqual([
      { what: 'vendor', reason: expect.stringContaining('not yet copied') },
    ])
    expect(world.vendorBot()?.end).toMatchObject({ artifacts: { video: expect.any(String) } })
  })
})

describe('killed at any instruction', () => {
  const cases = (['before', 'after'] as const).flatMap((when) =>
    Array.from({ length: 24 }, (_, i) => [i + 1, when] as const),
  )

  test.each(cases)('at call %i, %s it, another run finishes, and the receipt is whole', async (n, when) => {
    const world = await dataWorld(folder)
    await world.request()
    const { now, newId, ...deps } = world.deletion
    const dying = { ...killedAt(deps, n, when), now, newId }
    await expect(deleteData(dying, { meetingId: world.meeting.id })).rejects.toThrow(Killed)
    world.jobs.splice(0)
    await untilDone(world)
    await expectAllGone(world)
  })

  test('the jobs that remove the files, too', async () => {
    for (let n = 1; n <= 14; n++) {
      const world = await dataWorld(folder)
      await world.request()
      await deleteData(world.deletion, { meetingId: world.meeting.id })
      const { id } = await world.one(world.meeting, 'video')
      const { now, ...deps } = world.deps
      await deleteArtifact({ ...killedAt(deps, n, 'after'), now }, { artifactId: id }).catch(unlessKilled)
      world.jobs.splice(0)
      await untilDone(world)
      await expectAllGone(world)
    }
  })
})
