/**
 * What becomes of the files of a bot: whole ones and broken ones, with a worker that is killed and a storage that is away.
 * API and workers as processes, the sandbox as Meeting BaaS.
 */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { meetingLink, type Recording } from './client.ts'
import { eventually } from './eventually.ts'
import { openSeer, type Seer, usualBackend } from './seer.ts'

let folder: string
let seer: Seer
/** One line for each request to the vendor: `GET /files/…/output.mp4 bytes=100- 206 3 ms`. */
const requests: string[] = []

/** A copy whose worker was killed, and how many bytes had been written then. */
let interrupted: { id: string; had: number }

const at = (name: string) => join(folder, name)

type Case = {
  says: string
  /** What the vendor's files of the meeting are like (apps/sandbox/README.md, "Results"). */
  results?: object
  quirks?: string[]
  /** What happens when this file is fetched, and to which file. */
  file?: string
  faults?: object[]
  kind: string
  state: string
  reason: string | null
  grade: string
  reasons: string[]
}

const whole = { kind: 'video', state: 'stored', reason: null, grade: 'good', reasons: [] as string[] }
const owed = { state: 'failed', grade: 'partial', reasons: ['not_stored_yet'] }
const video = { kind: 'video', file: 'output.mp4' }

const cases: Case[] = [
  { ...whole, says: 'a good run' },
  { ...whole, says: 'a chat, to which the webhook has no link', kind: 'chat' },
  {
    ...whole,
    says: 'an answer that breaks off once',
    ...video,
    faults: [
      { kind: 'slow', bytesPerSecond: 500_000, times: 1 },
      { kind: 'truncate', bytes: 200_000, times: 1 },
    ],
  },
  {
    ...whole,
    says: 'an answer without a tag that breaks off once',
    ...video,
    faults: [
      { kind: 'etag', value: 'none', times: 1 },
      { kind: 'truncate', bytes: 50_000, times: 1 },
    ],
  },
  {
    ...whole,
    says: 'a redirect within the vendor',
    ...video,
    faults: [{ kind: 'redirect', to: 'itself', times: 1 }],
  },
  {
    says: 'no link to the video',
    results: { files: { video: 'missing' } },
    kind: 'video',
    state: 'missing',
    reason: 'not_at_vendor',
    grade: 'partial',
    reasons: ['no_video_file'],
  },
  {
    says: 'no link to the audio',
    results: { files: { audio: 'missing' } },
    kind: 'audio',
    state: 'missing',
    reason: 'not_at_vendor',
    grade: 'partial',
    reasons: ['no_audio_file'],
  },
  { ...owed, says: 'an empty video', results: { files: { video: 'empty' } }, kind: 'video', reason: 'empty_file' },
  { ...owed, says: 'a page', results: { files: { video: 'html' } }, kind: 'video', reason: 'wrong_type' },
  { ...owed, says: 'a huge video', results: { videoBytes: 1.2e9 }, kind: 'video', reason: 'too_large' },
  {
    ...owed,
    says: 'a file that is gone',
    ...video,
    faults: [{ kind: 'status', status: 404 }],
    reason: 'not_at_vendor',
  },
  { ...owed, says: 'refused links', ...video, faults: [{ kind: 'status', status: 403 }], reason: 'link_refused' },
  { ...owed, says: 'a busy server', ...video, faults: [{ kind: 'status', status: 503 }], reason: 'unreachable' },
  {
    ...owed,
    says: 'answers that break off',
    ...video,
    faults: [{ kind: 'truncate', bytes: 9 }],
    reason: 'unreachable',
  },
  {
    ...owed,
    says: 'a redirect into the network',
    ...video,
    faults: [{ kind: 'redirect', to: 'http://169.254.169.254' }],
    reason: 'link_not_allowed',
  },
  {
    ...owed,
    says: 'a redirect to a name that leads into the network',
    ...video,
    faults: [{ kind: 'redirect', to: 'http://localhost:9' }],
    reason: 'link_not_allowed',
  },
  { ...owed, says: 'endless redirects', ...video, faults: [{ kind: 'redirect', to: 'itself' }], reason: 'unreachable' },
  {
    says: 'half of a video',
    results: { files: { video: 'truncated' } },
    kind: 'video',
    state: 'stored',
    reason: 'truncated_file',
    grade: 'partial',
    reasons: ['unreadable_video', 'truncated_video'],
  },
  {
    says: 'half of an audio, whose header tells the full length',
    results: { files: { audio: 'truncated' } },
    kind: 'audio',
    state: 'stored',
    reason: 'truncated_file',
    grade: 'partial',
    reasons: ['truncated_audio'],
  },
  {
    says: 'a damaged audio',
    file: 'output.flac',
    faults: [{ kind: 'wrong_bytes' }],
    kind: 'audio',
    state: 'stored',
    reason: 'unreadable_media',
    grade: 'partial',
    reasons: ['unreadable_audio'],
  },
  {
    ...whole,
    says: 'a bot that heard nothing',
    quirks: ['silent_audio'],
    grade: 'empty',
    reasons: ['silent_audio', 'no_words'],
  },
  {
    ...whole,
    says: 'a transcript without words',
    results: { transcript: 'empty' },
    grade: 'partial',
    reasons: ['no_words'],
  },
  ...['not_json', 'cut_off', 'wrong_shape'].map((transcript) => ({
    ...whole,
    says: `a transcript that is none: ${transcript}`,
    results: { transcript },
    kind: 'transcription',
    grade: 'partial',
    reasons: ['transcription_failed'],
  })),
  { ...whole, says: 'a transcript with odd times', results: { transcript: 'odd_times' }, kind: 'transcription' },
  {
    ...whole,
    says: 'a transcript of unknown speakers',
    results: { transcript: 'unknown_speakers' },
    kind: 'transcription',
    grade: 'partial',
    reasons: ['one_speaker_of_many'],
  },
  {
    ...whole,
    says: 'a transcript in three languages',
    results: { languages: ['de', 'ja', 'ar'] },
    kind: 'transcription',
  },
]

const ids = new Map<Case, string>()
const idOf = (says: string) => ids.get(cases.find((each) => each.says === says) as Case) as string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seer-test-recordings-'))
  const env = {
    STORAGE_URL: pathToFileURL(at('recordings')).href,
    DOWNLOAD_FOLDER: at('downloads'),
    RECORDING_MAX_GB: '1',
    BOT_SHARING: 'all',
    BOT_SHARING_LATE: 'status',
  }
  await leaveDownload()
  const onRequest = (line: string) => requests.push(line)
  seer = await openSeer({ backend: usualBackend(), env, vendor: { onRequest, meetingMinutes: 2 } })
  interrupted = await interruptCopy()
  for (const each of cases) ids.set(each, await ordered(each))
  await seer.playOut()
})
afterAll(async () => {
  await seer?.close()
  await rm(folder, { recursive: true, force: true })
})

/** A file that a worker has left which was killed long ago, and whose meeting is gone. */
const left = `downloads/${randomUUID()}.part`

async function leaveDownload(): Promise<void> {
  await mkdir(at('downloads'))
  await writeFile(at(left), 'half of a video')
  await utimes(at(left), new Date('2026-01-01'), new Date('2026-01-01'))
}

/** Orders a bot, and tells the vendor what will be wrong with its files. */
async function ordered({ results, quirks, file, faults = [] }: Partial<Case>): Promise<string> {
  const meetingUrl = meetingLink()
  const match = meetingUrl.split('/').at(-1)
  await seer.vendor.control('POST', '/scenarios', { meetingUrl: match, results, quirks, times: 1 })
  const { id } = await seer.order({ meetingUrl })
  const { meetingBaasId } = await seer.reaches(id, 'queued')
  for (const fault of faults) {
    const to = 'to' in fault && fault.to === 'itself' ? { to: seer.vendor.url } : {}
    await seer.vendor.fault({ ...fault, ...to, match: { path: `/files/${meetingBaasId}/${file}` } })
  }
  return id
}

/** Kills the worker while it copies. Its job stays locked for some seconds; meanwhile the other tests run. */
async function interruptCopy(): Promise<typeof interrupted> {
  const bytes = 12_000_000
  const order = { results: { videoBytes: bytes }, file: 'output.mp4' }
  const id = await ordered({ ...order, faults: [{ kind: 'slow', bytesPerSecond: 3_000_000, times: 1 }] })
  await seer.playOut()
  const part = await eventually(async () => {
    const file = at(`downloads/${(await recording(id, 'video')).id}.part`)
    expect((await stat(file)).size).toBeGreaterThan(bytes / 4)
    return file
  })
  await seer.workers.shift()?.end('SIGKILL')
  const { size: had } = await stat(part)
  expect(had).toBeLessThan(bytes)
  await seer.startWorker()
  await tryAgain()
  return { id, had }
}

async function recording(id: string, kind: string): Promise<Recording> {
  const { body } = await seer.call('GET', `/meetingbaas/bots/${id}/recordings`)
  return body.data.find((each: Recording) => each.kind === kind)
}

/** Leaves the rest of the answer. The API would wait for whoever does not read it when it is told to stop. */
async function statusOf(answering: Promise<Response>): Promise<number> {
  const { status, body } = await answering
  await body?.cancel()
  return status
}

const sha256Of = (content: Buffer) => createHash('sha256').update(content).digest('hex')

/** What the vendor says of a file of its own. */
async function fileAtVendor(id: string, artifact: string) {
  const { meetingBaasId } = await seer.bot(id)
  const { files } = await seer.vendor.control('GET', `/bots/${meetingBaasId}/files`)
  return files.find((each: { artifact: string }) => each.artifact === artifact)
}

/** Lets the copies that wait for another attempt begin. None may be going on, because its lease would be over, too. */
async function tryAgain(): Promise<void> {
  await seer.timePasses(2)
  await seer.sweep('requeue-stuck')
}

describe('the files of a run', () => {
  test.each(cases.map((each) => [each.says, each] as const))('%s', async (_, each) => {
    const id = ids.get(each) as string
    await eventually(async () => {
      const { state, reason } = await recording(id, each.kind)
      expect({ state, reason }).toEqual({ state: each.state, reason: each.reason })
      const { delivery } = await seer.bot(id)
      expect(delivery).toMatchObject({ grade: each.grade, reasons: each.reasons })
    })
  })

  test('are the same as at the vendor when an answer broke off, and what had come was not fetched again', async () => {
    const id = idOf('an answer that breaks off once')
    const { path, sha256, bytes } = await fileAtVendor(id, 'video')
    expect(await recording(id, 'video')).toMatchObject({ sha256, bytes })
    const [first, second] = rangesOf(path)
    expect(first).toBeNull()
    expect(second).toBeGreaterThan(100_000)
    expect(rangesOf(path)).toHaveLength(2)
  })
})

test('a worker was killed while it copied, and another one has gone on where it was', async () => {
  const { id, had } = interrupted
  const { path, bytes, sha256 } = await fileAtVendor(id, 'video')
  await eventually(async () =>
    expect(await recording(id, 'video')).toMatchObject({ state: 'stored', bytes, sha256, durationSeconds: 119.68 }),
  )
  expect(sha256Of(await seer.download((await seer.bot(id)).recordingUrl))).toBe(sha256)
  // Of what had been written, no byte was asked for again.
  expect(rangesOf(path)).toEqual([null, had])
})

test('files come when the vendor is well again, by new links when the old ones have expired', async () => {
  const id = idOf('a busy server')
  const { sha256 } = await fileAtVendor(id, 'video')
  await seer.vendor.advance(5 * 3600)
  await seer.vendor.clearFaults()
  await tryAgain()
  await eventually(async () => {
    expect(await recording(id, 'video')).toMatchObject({ state: 'stored', sha256 })
    expect(await seer.bot(id)).toMatchObject({ delivery: { grade: 'good', reasons: [] } })
  })
})

describe('a stored file', () => {
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(`${seer.apiUrl}/api/meetingbaas/bots/${idOf('a good run')}/recordings/${path}`, {
      method,
      headers: { ...seer.auth, ...headers },
    })
  const bytesOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer())
  const contentRange = (answer: Response) => answer.headers.get('content-range')

  test('is what the vendor had, and can be read in parts', async () => {
    const { sha256, bytes } = await fileAtVendor(idOf('a good run'), 'video')
    const answer = await get('video/content')
    const content = await bytesOf(answer)
    expect([answer.status, content.length, sha256Of(content)]).toEqual([200, bytes, sha256])
    expect(answer.headers.get('content-type')).toBe('video/mp4')
    const middle = await get('video/content', { range: 'bytes=1000-1999' })
    expect([middle.status, contentRange(middle)]).toEqual([206, `bytes 1000-1999/${bytes}`])
    expect((await bytesOf(middle)).equals(content.subarray(1_000, 2_000))).toBe(true)
    const end = await get('video/content', { range: 'bytes=-7' })
    expect((await bytesOf(end)).equals(content.subarray(-7))).toBe(true)
    const beyond = await get('video/content', { range: `bytes=${bytes}-` })
    expect([beyond.status, contentRange(beyond)]).toEqual([416, `bytes */${bytes}`])
  })

  test('is not sent to somebody who has it', async () => {
    const head = await get('video/content', {}, 'HEAD')
    const etag = head.headers.get('etag') as string
    expect((await get('video/content', { 'if-none-match': etag })).status).toBe(304)
    expect(await statusOf(get('video/content', { 'if-none-match': '"other"' }))).toBe(200)
    expect(await statusOf(get('video/content', { range: 'bytes=0-9', 'if-range': '"other"' }))).toBe(200)
  })

  test('is saved under a name when that is wanted', async () => {
    const nameOf = async (path: string) => (await get(path, {}, 'HEAD')).headers.get('content-disposition')
    const [shown, saved] = [await nameOf('audio/content'), await nameOf('audio/content?download=1')]
    expect(shown).toMatch(/^inline; filename="[\d-]+-audio\.flac"$/)
    expect(saved).toBe(shown?.replace('inline', 'attachment'))
  })

  test('is not there for a bot whose file has not come', async () => {
    const { status, body } = await seer.call(
      'GET',
      `/meetingbaas/bots/${idOf('an empty video')}/recordings/video/content`,
    )
    expect([status, body.code]).toEqual([409, 'RECORDING_NOT_STORED'])
  })
})

/** From which byte on each request asked for a file; null: for the whole. */
function rangesOf(path: string): (number | null)[] {
  const ofFile = requests.filter((line) => line.startsWith(`GET ${path} `))
  return ofFile.map((line) => {
    const range = /bytes=(\d+)-/.exec(line)
    return range ? Number(range[1]) : null
  })
}

test('a storage that is away for a while: the files wait, and come when it is back', async () => {
  await rename(at('recordings'), at('away'))
  await writeFile(at('recordings'), 'A folder cannot be made here.')
  const id = await ordered({})
  await seer.playOut()
  await eventually(async () =>
    expect(await recording(id, 'video')).toMatchObject({ state: 'failed', reason: 'storage_unavailable' }),
  )
  expect(await seer.bot(id)).toMatchObject({ state: 'completed', delivery: { reasons: ['not_stored_yet'] } })
  await rm(at('recordings'))
  await rename(at('away'), at('recordings'))
  await eventually(async () => {
    // More than once: a copy that was on its way just now may fail only after the first time.
    await tryAgain()
    expect(await seer.bot(id)).toMatchObject({ delivery: { grade: 'good' } })
  })
  const { path } = await fileAtVendor(id, 'video')
  // The file was kept on this machine meanwhile.
  expect(rangesOf(path)).toEqual([null])
})

test('what a killed worker had left of a file that nobody needs is gone', async () => {
  await eventually(async () => await expect(stat(at(left))).rejects.toThrow('ENOENT'))
})

test('a user who shares the bot gets the recording, but not a user who came late or a stranger', async () => {
  const [colleague, latecomer, stranger] = [
    await seer.newUser('colleague'),
    await seer.newUser('latecomer'),
    await seer.newUser('stranger'),
  ]
  const { id, meetingUrl } = await seer.bot(await ordered({}))
  const share = async (who: typeof colleague) => {
    const { status, body } = await who.call('POST', '/meetingbaas/bots', { meetingUrl })
    expect([status, body.data.id, body.data.role]).toEqual([200, id, 'subscriber'])
  }
  await share(colleague)
  await untilRecording(id)
  await share(latecomer)
  await seer.playOut()
  await eventually(async () => expect(await seer.bot(id)).toMatchObject({ delivery: { grade: 'good' } }))
  const path = `/meetingbaas/bots/${id}`
  const seen = async (who: typeof colleague) => {
    const list = await who.call('GET', `${path}/recordings`)
    const content = await statusOf(fetch(`${seer.apiUrl}/api${path}/recordings/video/content`, { headers: who.auth }))
    const words = await who.call('GET', `${path}/transcript?limit=1`)
    return [list.status, list.body.data?.length, content, words.status]
  }
  expect(await seen(seer)).toEqual([200, 6, 200, 200])
  expect(await seen(colleague)).toEqual([200, 6, 200, 200])
  expect(await seen(latecomer)).toEqual([403, undefined, 403, 403])
  expect(await seen(stranger)).toEqual([404, undefined, 404, 404])
})

/** Lets time pass at the vendor until the bot records. */
async function untilRecording(id: string): Promise<void> {
  for (let seconds = 0; seconds < 60; seconds += 5) {
    if ((await seer.bot(id)).state === 'recording') return
    await seer.vendor.advance(5)
    await seer.settled()
  }
  throw new Error('The bot does not record.')
}
