/** What comes after a deletion brings nothing back, and what retention keeps stays. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { dataWorld } from '../../testing/erasure/data-world.ts'
import { expectAllGone, untilDone } from '../../testing/erasure/expect-all-gone.ts'
import { at, completed } from '../../testing/meetings/builders.ts'
import { PermanentError } from '../basics/errors.ts'
import { collectArtifacts } from '../recordings/custody/collect-artifacts.ts'
import { readTranscript } from '../recordings/transcripts/read-transcript.ts'
import type { Artifacts } from '../vendor/facts.ts'
import { deleteData } from './delete-data.ts'

const folder = mkdtempSync(join(tmpdir(), 'seer-after-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('what is deleted does not come back', () => {
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

  test('of transcripts that are in no file is also shown in the grade', async () => {
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
