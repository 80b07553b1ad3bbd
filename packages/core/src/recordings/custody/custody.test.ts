/** From the end of a run to files that are stored, given up or deleted. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { aMeeting, at, completed } from '../../../testing/meetings/builders.ts'
import { broken, custodyWorld } from '../../../testing/recordings/custody-world.ts'
import { PermanentError, RetryableError } from '../../basics/errors.ts'
import type { DeliveryReason } from '../../meetings/delivery/delivery.ts'
import type { FailedFact } from '../../vendor/facts.ts'
import type { ArtifactReason } from '../artifact.ts'
import { changeArtifact } from './change-artifact.ts'
import { collectArtifacts } from './collect-artifacts.ts'
import { type CopyOutcome, copyArtifact } from './copy-artifact.ts'
import { toBeDeleted } from './delete-artifact.ts'
import type { MediaFacts } from './downloads.ts'

const folder = mkdtempSync(join(tmpdir(), 'seer-custody-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const video = 'https://files.example.test/video.mp4'
const audio = 'https://files.example.test/audio.flac'
const failed: FailedFact = { kind: 'failed', at: at(33), code: 'OOM_KILLED', message: null, results: null }
const { kind: _, at: __, ...results } = completed(at(33))
/** Links to files of each kind. */
const everything = {
  ...results.artifacts,
  diarization: 'https://files.example.test/diarization.jsonl',
  rawTranscription: 'https://files.example.test/raw.json',
  chat: 'https://files.example.test/chat.json',
}

describe('a run that has ended', () => {
  test('has its files copied and proven, and says what was delivered', async () => {
    const world = custodyWorld(folder)
    const meeting = await world.ended()
    await world.collect(meeting)
    expect(await world.one(meeting, 'video')).toMatchObject({
      state: 'stored',
      reason: null,
      durationSeconds: 1_740,
      contentType: 'video/mp4',
      settled: true,
      dueAt: null,
    })
    const { storageKey, bytes, sha256 } = await world.one(meeting, 'audio')
    expect(await world.storage.head(storageKey as string)).toMatchObject({ bytes, sha256 })
    expect(await world.one(meeting, 'diarization')).toMatchObject({ state: 'missing', reason: 'not_at_vendor' })
    expect(await world.delivery(meeting)).toMatchObject({ facts: { artifacts: { video: 'stored', chat: 'missing' } } })
    const types = await world.types(meeting)
    expect(types.filter((type) => type === 'artifact_stored')).toHaveLength(3)
    expect(types.filter((type) => type === 'delivery_graded')).toHaveLength(1)
  })

  test('says which files nobody asked for', async () => {
    const world = custodyWorld(folder)
    const { botConfig } = aMeeting()
    const quiet = { ...botConfig, recordingMode: 'audio_only' as const, speechToText: false }
    const meeting = await world.ended(
      completed(at(33), { artifacts: { ...results.artifacts, video: null, transcription: null } }),
      { botConfig: quiet },
    )
    await world.collect(meeting)
    expect(await world.one(meeting, 'video')).toMatchObject({ state: 'missing', reason: 'not_requested' })
    expect(await world.one(meeting, 'transcription')).toMatchObject({ state: 'missing', reason: 'not_requested' })
  })

  test('is looked up at the vendor when it has failed, because it may have left files', async () => {
    const world = custodyWorld(folder)
    const meeting = await world.ended(failed)
    world.vendor.endWith(meeting.meetingBaasId as string, { ...failed, results })
    await world.collect(meeting)
    expect(await world.one(meeting, 'video')).toMatchObject({ state: 'stored' })
    expect((await world.meetings.find(meeting.id))?.state).toBe('failed')
  })

  test('is looked up at the vendor when its webhook lacks a file, such as the chat', async () => {
    const world = custodyWorld(folder)
    const meeting = await world.ended()
    world.vendor.endWith(meeting.meetingBaasId as string, completed(at(33), { artifacts: everything }))
    await world.collect(meeting)
    expect(await world.one(meeting, 'chat')).toMatchObject({ state: 'stored', reason: null })
    expect(await world.meetings.find(meeting.id)).toMatchObject({ collected: true })
  })

  test('has the files copied that are known while the vendor cannot be asked for the others', async () => {
    const world = custodyWorld(folder)
    const meeting = await world.ended()
    world.vendor.endWith(meeting.meetingBaasId as string, completed(at(33), { artifacts: everything }))
    world.vendor.failNext('getBot', new RetryableError('VENDOR_UNAVAILABLE'))
    await expect(world.collect(meeting)).rejects.toThrow(RetryableError)
    await world.work()
    expect(await world.one(meeting, 'video')).toMatchObject({ state: 'stored' })
    await world.pass(5)
    expect(await world.one(meeting, 'chat')).toMatchObject({ state: 'stored' })
  })

  test('has no files when it has failed and the vendor no longer knows it', async () => {
    const world = custodyWorld(folder)
    const meeting = await world.ended(failed)
    world.vendor.forget(meeting.meetingBaasId as string)
    await world.collect(meeting)
    expect(await world.one(meeting, 'video')).toMatchObject({ state: 'missing' })
    expect(await world.delivery(meeting)).toMatchObject({ grade: 'empty' })
  })

  test('has a file copied that comes later, too', async () => {
    const world = custodyWorld(folder)
    const meeting = await world.ended(completed(at(33), { artifacts: { ...results.artifacts, transcription: null } }))
    await world.collect(meeting)
    expect(await world.one(meeting, 'transcription')).toMatchObject({ state: 'missing' })
    const before = await world.meetings.find(meeting.id)
    if (!before) throw new Error('It is not there.')
    const next = { ...before, artifacts: results.artifacts, collected: false, collectDueAt: at(36) }
    await world.meetings.saveChange({ before, next, entries: [], cause: 'webhook' })
    await world.collect(meeting)
    expect(await world.one(meeting, 'transcription')).toMatchObject({ state: 'stored' })
    expect((await world.types(meeting)).filter((type) => type === 'artifact_stored')).toHaveLength(3)
  })

  test('is collected once, however often it is tried', async () => {
    const world = custodyWorld(folder)
    const meeting = await world.ended()
    for (let i = 0; i < 3; i++) await world.collect(meeting)
    expect(world.fetched).toHaveLength(3)
  })
})

describe('a link', () => {
  test('that has expired is renewed before it is used', async () => {
    const world = custodyWorld(folder)
    const meeting = await world.ended()
    world.setTime(at(50))
    const fresh = { ...results, artifacts: { ...results.artifacts, video: `${video}?new` }, artifactsExpireAt: at(290) }
    world.vendor.endWith(meeting.meetingBaasId as string, { ...completed(at(33)), ...fresh })
    await world.collect(meeting)
    expect(world.fetched).toContain(`${video}?new`)
    expect(world.fetched).not.toContain(video)
  })

  test.each([
    [403, 'link_refused'],
    [404, 'not_at_vendor'],
    [410, 'not_at_vendor'],
  ])('that is refused with %i is renewed, and if that does not help, later again', async (status, reason) => {
    const world = custodyWorld(folder)
    const meeting = await world.ended()
    world.answer(video, { outcome: 'refused', status })
    await world.collect(meeting)
    expect(await world.one(meeting, 'video')).toMatchObject({ state: 'failed', reason })
    expect(world.fetched.filter((link) => link === video)).toHaveLength(2)
    expect(await world.delivery(meeting)).toMatchObject({
      grade: 'partial',
      reasons: expect.arrayContaining(['not_stored_yet']),
    })
    world.answer(video, { content: 'now' })
    await world.pass(1)
    expect(await world.one(meeting, 'video')).toMatchObject({ state: 'stored', reason: null, lastProblem: null })
    expect((await world.delivery(meeting))?.reasons).not.toContain('not_stored_yet')
  })
})

test.each([
  ['does not know the bot any more', new PermanentError('VENDOR_BOT_NOT_FOUND'), 'not_at_vendor'],
  ['refuses the key', new PermanentError('VENDOR_UNAUTHORIZED'), 'unreachable'],
  ['is away', new RetryableError('VENDOR_UNAVAILABLE'), 'unreachable'],
])(
  'while the vendor %s, a file whose link has expired is tried again, and given up in the end',
  async (_, error, reason) => {
    const world = custodyWorld(folder)
    const meeting = await world.ended(completed(at(33), { artifacts: everything }))
    world.setTime(at(50))
    world.vendor.getBot = () => Promise.reject(error)
    await world.collect(meeting)
    expect(await world.one(meeting, 'video')).toMatchObject({ state: 'failed', reason, leaseUntil: null })
    for (let hour = 0; hour < 80; hour++) await world.pass(60)
    expect(await world.one(meeting, 'video')).toMatchObject({
      state: 'expired',
      reason: 'vendor_deleted_it',
      dueAt: null,
    })
  },
)

describe('a file', () => {
  test.each<[string, Parameters<ReturnType<typeof custodyWorld>['answer']>[1], string]>([
    ['that is empty', { content: '' }, 'empty_file'],
    ['that is a page', { content: '<html>', contentType: 'text/html; charset=utf-8' }, 'wrong_type'],
    ['that is an error of the store', { content: '<Error/>', contentType: 'application/xml' }, 'wrong_type'],
    ['that is larger than allowed', { outcome: 'too_large', bytes: 2_000_000 }, 'too_large'],
    ['behind a private address', { outcome: 'not_allowed' }, 'link_not_allowed'],
    ['that comes cut off', broken(), 'unreachable'],
  ])('%s is not stored, and is tried again until the vendor has deleted it', async (_name, answer, reason) => {
    const world = custodyWorld(folder)
    const meeting = await world.ended()
    world.answer(video, answer)
    await world.collect(meeting)
    const first = await world.one(meeting, 'video')
    expect(first).toMatchObject({ state: 'failed', reason, lastProblem: expect.stringMatching(/\w+ \w+/), attempts: 1 })
    expect(first.dueAt).toEqual(at(35, 5))
    for (let hour = 0; hour < 80; hour++) await world.pass(60)
    const last = await world.one(meeting, 'video')
    expect(last).toMatchObject({ state: 'expired', reason: 'vendor_deleted_it', dueAt: null, settled: true })
    expect(last.attempts).toBeGreaterThan(70)
    expect([...world.storage.objects.keys()].filter((key) => key.includes('video'))).toEqual([])
    expect(await world.types(meeting)).toContain('artifact_expired')
    expect((await world.delivery(meeting))?.reasons).toContain('no_video_file')
  })

  test.each<[string, MediaFacts, ArtifactReason, DeliveryReason[]]>([
    ['header', { durationSeconds: null, isWhole: true }, 'unreadable_media', ['unreadable_video', 'unreadable_audio']],
    ['end', { durationSeconds: 1_740, isWhole: false }, 'truncated_file', ['truncated_video', 'truncated_audio']],
  ])('is stored all the same without a good %s, and marked', async (_, facts, reason, reasons) => {
    const world = custodyWorld(folder)
    const meeting = await world.ended()
    world.deps.media.read = async () => facts
    await world.collect(meeting)
    expect(await world.one(meeting, 'video')).toMatchObject({ state: 'stored', reason })
    expect(await world.delivery(meeting)).toMatchObject({ grade: 'partial', reasons: expect.arrayContaining(reasons) })
  })

  test('of a diarisation may be empty: nobody spoke', async () => {
    const world = custodyWorld(folder)
    const link = 'https://files.example.test/diarization.jsonl'
    const meeting = await world.ended(completed(at(33), { artifacts: { ...results.artifacts, diarization: link } }))
    world.answer(link, { content: '' })
    await world.collect(meeting)
    expect(await world.one(meeting, 'diarization')).toMatchObject({ state: 'stored', bytes: 0 })
  })
})

describe('a storage', () => {
  test.each(['STORAGE_FULL', 'STORAGE_DENIED', 'STORAGE_UNAVAILABLE'] as const)(
    'that answers %s loses nothing: the copy is tried again',
    async (code) => {
      const world = custodyWorld(folder)
      const meeting = await world.ended()
      const { put } = world.storage
      world.storage.put = () => Promise.reject(new RetryableError(code, { detail: 'There is no room.' }))
      await world.collect(meeting)
      expect(await world.one(meeting, 'video')).toMatchObject({ state: 'failed', reason: 'storage_unavailable' })
      world.storage.put = put
      await world.pass(1)
      expect(await world.one(meeting, 'video')).toMatchObject({ state: 'stored' })
    },
  )

  test('that stored the file and lost the answer has it once', async () => {
    const world = custodyWorld(folder)
    const meeting = await world.ended()
    const { put } = world.storage
    world.storage.put = async (...args) => {
      await put(...args)
      world.storage.put = put
      throw new RetryableError('STORAGE_UNAVAILABLE', { detail: 'No answer came.' })
    }
    await world.collect(meeting)
    await world.pass(1)
    expect(await world.one(meeting, 'video')).toMatchObject({ state: 'stored' })
    expect([...world.storage.objects.keys()].filter((key) => key.includes('video'))).toHaveLength(1)
  })

  test('that has something else under the key is not overwritten', async () => {
    const world = custodyWorld(folder)
    const meeting = await world.ended()
    const { put, head } = world.storage
    world.storage.put = async () => 'exists'
    world.storage.head = async () => ({ bytes: 1, sha256: 'other', contentType: null })
    await world.collect(meeting)
    expect(await world.one(meeting, 'video')).toMatchObject({ state: 'failed', reason: 'storage_unavailable' })
    Object.assign(world.storage, { put, head })
  })
})

describe('jobs that meet', () => {
  test('a grade of what was known a moment ago does not replace one that knows more', async () => {
    const world = custodyWorld(folder)
    const meeting = await world.ended()
    await world.collect(meeting)
    const job = { name: 'grade-delivery', payload: { meetingId: meeting.id } }
    const { of } = world.artifacts
    const before = (await of(meeting.id)).map((one) =>
      one.kind === 'video' ? { ...one, state: 'copying' as const } : one,
    )
    world.artifacts.of = async () => {
      world.artifacts.of = of
      await world.run(job)
      return before
    }
    await world.run(job)
    expect(await world.delivery(meeting)).toMatchObject({ facts: { artifacts: { video: 'stored' } } })
  })

  test('copy an artifact once: the second finds it busy, and later stored', async () => {
    const world = custodyWorld(folder)
    const meeting = await world.ended()
    const outcomes: CopyOutcome[] = []
    world.during.fetch = async () => {
      world.during.fetch = undefined
      const { id } = await world.one(meeting, 'video')
      outcomes.push(await copyArtifact(world.deps, { artifactId: id }, world.context))
    }
    await world.collect(meeting)
    const { id } = await world.one(meeting, 'video')
    outcomes.push(await copyArtifact(world.deps, { artifactId: id }, world.context))
    expect(outcomes).toEqual(['busy', 'nothing_to_do'])
  })

  test('a job that outlives its lease changes nothing: the artifact is as the other job stored it', async () => {
    const world = custodyWorld(folder)
    const meeting = await world.ended()
    world.answer(video, { content: 'from the slow job' }, { content: 'from the quick job' })
    let late: Promise<CopyOutcome> | undefined
    world.during.fetch = async () => {
      world.during.fetch = undefined
      world.setTime(at(40))
      const { id } = await world.one(meeting, 'video')
      late = copyArtifact(world.deps, { artifactId: id }, world.context)
      await late
    }
    await world.collect(meeting)
    expect(await late).toBe('stored')
    const stored = await world.one(meeting, 'video')
    expect(stored).toMatchObject({ state: 'stored', version: expect.any(Number) })
    expect(await world.storage.head(stored.storageKey as string)).toMatchObject({ sha256: stored.sha256 })
  })

  test('a grade waits until the transcription was read, and does not call it failed', async () => {
    const world = custodyWorld(folder)
    const meeting = await world.ended()
    await collectArtifacts(world.deps, { meetingId: meeting.id })
    for (const { id } of await world.artifacts.of(meeting.id)) {
      await copyArtifact(world.deps, { artifactId: id }, world.context)
    }
    await world.run({ name: 'grade-delivery', payload: { meetingId: meeting.id } })
    expect(await world.delivery(meeting)).toMatchObject({
      reasons: ['not_stored_yet', 'silent_audio'],
      facts: { artifacts: { transcription: 'stored' }, transcriptionUnread: true, words: null },
    })
    expect(await world.types(meeting)).not.toContain('delivery_graded')
    await world.run({ name: 'read-transcript', payload: { meetingId: meeting.id } })
    expect(await world.delivery(meeting)).toMatchObject({ facts: { transcriptionUnread: false } })
    expect((await world.delivery(meeting))?.reasons).not.toContain('not_stored_yet')
    expect((await world.types(meeting)).filter((type) => type === 'delivery_graded')).toHaveLength(1)
  })

  test('a copy that fails tells the log of its job why', async () => {
    const world = custodyWorld(folder)
    const meeting = await world.ended()
    await world.queue.enqueue('collect-artifacts', { meetingId: meeting.id })
    await collectArtifacts(world.deps, { meetingId: meeting.id })
    const { id } = await world.one(meeting, 'video')
    const detail = 'There is no room for it in the folder /downloads.'
    world.deps.downloads.fetch = () => Promise.reject(new RetryableError('STORAGE_FULL', { detail }))
    const outcome = await copyArtifact(world.deps, { artifactId: id }, world.context)
    expect(outcome).toEqual({ outcome: 'failed', reason: 'storage_unavailable', problem: `STORAGE_FULL: ${detail}` })
  })

  test('a job that is told to stop hands back, and the next one goes on at once', async () => {
    const world = custodyWorld(folder)
    const meeting = await world.ended()
    const stop = new AbortController()
    await world.queue.enqueue('collect-artifacts', { meetingId: meeting.id })
    world.deps.downloads.fetch = async () => {
      stop.abort(new Error('shutting down'))
      throw stop.signal.reason
    }
    await collectArtifacts(world.deps, { meetingId: meeting.id })
    const { id } = await world.one(meeting, 'video')
    const outcome = await copyArtifact(world.deps, { artifactId: id }, { ...world.context, signal: stop.signal })
    expect(outcome).toBe('interrupted')
    expect(await world.artifacts.find(id)).toMatchObject({
      state: 'pending',
      leaseUntil: null,
      dueAt: at(35),
      attempts: 0,
    })
  })

  test('a job that dies leaves its lease, and the sweep starts another when that has run out', async () => {
    const world = custodyWorld(folder)
    const meeting = await world.ended()
    const { fetch } = world.downloads
    world.deps.downloads.fetch = () => Promise.reject(new Error('the worker was killed'))
    await world.collect(meeting).catch(() => {})
    const dead = await world.one(meeting, 'video')
    expect(dead).toMatchObject({ state: 'copying', dueAt: dead.leaseUntil })
    world.deps.downloads.fetch = fetch
    world.jobs.splice(0)
    await world.pass(2)
    expect(await world.one(meeting, 'video')).toMatchObject({ state: 'stored' })
  })
})

describe('a deletion', () => {
  async function deleted(world: ReturnType<typeof custodyWorld>, id: string) {
    await changeArtifact(world.deps, id, (before) => toBeDeleted(before, 'deleted_on_request', world.now()))
    await world.work()
  }

  test('that takes a file away while its header is read ends the copy, and is no fault', async () => {
    const world = custodyWorld(folder)
    const meeting = await world.ended()
    await world.run({ name: 'collect-artifacts', payload: { meetingId: meeting.id } })
    world.jobs.length = 0
    const { id } = await world.one(meeting, 'video')
    world.media.read = async () => {
      await changeArtifact(world.deps, id, (before) => toBeDeleted(before, 'deleted_on_request', world.now()))
      throw Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' })
    }
    expect(await copyArtifact(world.deps, { artifactId: id }, world.context)).toBe('lease_lost')
    await world.work()
    expect(await world.one(meeting, 'video')).toMatchObject({ state: 'deleted', settled: true })
  })

  test('removes the file, and nothing copies it again', async () => {
    const world = custodyWorld(folder)
    const meeting = await world.ended()
    await world.collect(meeting)
    const { id } = await world.one(meeting, 'video')
    await deleted(world, id)
    expect([...world.storage.objects.keys()].filter((key) => key.includes('video'))).toEqual([])
    expect(await world.artifacts.find(id)).toMatchObject({ state: 'deleted', settled: true, storageKey: null })
    expect(await world.types(meeting)).toContain('artifact_deleted')
    await world.pass(600)
    expect(await world.one(meeting, 'video')).toMatchObject({ state: 'deleted' })
  })

  test('during a copy removes what that copy wrote, at once', async () => {
    const world = custodyWorld(folder)
    const meeting = await world.ended()
    const { put } = world.storage
    world.storage.put = async (key, ...rest) => {
      const stored = await put(key, ...rest)
      if (key.includes('video')) await deleted(world, (await world.one(meeting, 'video')).id)
      return stored
    }
    await world.collect(meeting)
    expect([...world.storage.objects.keys()].filter((key) => key.includes('video'))).toEqual([])
    expect(await world.one(meeting, 'video')).toMatchObject({ state: 'deleted', settled: true })
  })

  test('during a copy whose worker dies removes what that wrote after its lease', async () => {
    const world = custodyWorld(folder)
    const meeting = await world.ended()
    const { put } = world.storage
    world.storage.put = async (key, ...rest) => {
      if (!key.includes('video')) return await put(key, ...rest)
      await deleted(world, (await world.one(meeting, 'video')).id)
      await put(key, ...rest)
      throw new Error('the worker was killed')
    }
    await world.collect(meeting).catch(() => {})
    world.jobs.splice(0)
    expect([...world.storage.objects.keys()].filter((key) => key.includes('video'))).toHaveLength(1)
    await world.pass(2)
    expect([...world.storage.objects.keys()].filter((key) => key.includes('video'))).toEqual([])
    expect(await world.one(meeting, 'video')).toMatchObject({ state: 'deleted', settled: true })
  })
})

test('when the vendor cannot be asked, it is asked again later', async () => {
  const world = custodyWorld(folder)
  const meeting = await world.ended(failed)
  world.vendor.failNext('getBot', new RetryableError('VENDOR_UNAVAILABLE'))
  await expect(world.collect(meeting)).rejects.toThrow(RetryableError)
  expect(await world.meetings.find(meeting.id)).toMatchObject({ collected: false })
  world.vendor.failNext('getBot', new PermanentError('VENDOR_BOT_NOT_FOUND'))
  await world.collect(meeting)
  expect(await world.meetings.find(meeting.id)).toMatchObject({ collected: true })
})

test('the audio is copied although the video cannot be', async () => {
  const world = custodyWorld(folder)
  const meeting = await world.ended()
  world.answer(video, broken())
  await world.collect(meeting)
  expect(world.fetched).toContain(audio)
  expect(await world.one(meeting, 'audio')).toMatchObject({ state: 'stored' })
})
