import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nothingDelivered } from '@seer/core/meetings/delivery/facts-of-run'
import type { Artifact } from '@seer/core/recordings/artifact'
import { newArtifacts } from '@seer/core/recordings/custody/new-artifacts'
import { endedMeeting } from '@seer/core/testing/recordings/artifact-store-contract'
import { newId } from '@seer/infra/ids'
import { openFolderStorage } from '@seer/infra/storage/folder/open-folder-storage'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { botsUrl, clientOf, meetUrl, openTestApi, type TestApi } from '../../../testing/test-api.ts'
import { buildApi } from '../../build-api.ts'

const folder = mkdtempSync(join(tmpdir(), 'seer-content-'))
const storage = openFolderStorage(join(folder, 'recordings'))
const content = Buffer.from(Array.from({ length: 10_000 }, (_, i) => i % 251))
const sha256 = createHash('sha256').update(content).digest('hex')

let api: TestApi
let key: string
let botId: string
let video: Artifact

beforeAll(async () => {
  api = await openTestApi({ storage })
  key = await api.makeKey('alice')
  const order = { meetingUrl: meetUrl, joinAt: undefined }
  const { body } = await clientOf(api.app, key)('POST', botsUrl, order)
  botId = body.data.id
  const before = await api.db.meetings.find(botId)
  if (!before) throw new Error('It is not there.')
  const next = { ...endedMeeting(before), lastSeq: before.lastSeq }
  await api.db.meetings.saveChange({ before, next, entries: [], cause: 'webhook' })
  const made = newArtifacts(next, { now: new Date('2026-05-05T11:00:00Z'), vendorKeepsMs: 1e9, newId })
  await api.db.artifacts.add(made)
  video = await storedVideo(made[0] as Artifact)
})
afterAll(async () => {
  await api.close()
  rmSync(folder, { recursive: true, force: true })
})

async function storedVideo(artifact: Artifact): Promise<Artifact> {
  const path = join(folder, 'video')
  writeFileSync(path, content)
  const storageKey = `${botId}/video.mp4`
  const file = { bytes: content.length, sha256, contentType: 'video/mp4' }
  await storage.put(storageKey, { path, ...file })
  const storedAt = new Date('2026-05-05T11:01:00Z')
  const next: Artifact = { ...artifact, ...file, state: 'stored', durationSeconds: 12, storageKey, storedAt }
  await api.db.artifacts.save(artifact, next)
  return next
}

const get = (path: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET', as = key) =>
  api.app.inject({ method, url: `${botsUrl}/${botId}${path}`, headers: { authorization: `Bearer ${as}`, ...headers } })
const contentOf = (headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') =>
  get('/recordings/video/content', headers, method)

describe('the recordings of a bot', () => {
  test('are listed with their state, their size and a link that never changes', async () => {
    const { data } = (await get('/recordings')).json()
    expect(data.map(({ kind, state }: Artifact) => `${kind} ${state}`)).toEqual([
      'video stored',
      'audio pending',
      'transcription pending',
      'raw_transcription missing',
      'diarization missing',
      'chat missing',
    ])
    expect(data[0]).toMatchObject({ bytes: 10_000, sha256, progress: 1, durationSeconds: 12, contentType: 'video/mp4' })
    expect(data[0].url).toBe(`https://seer.example${botsUrl}/${botId}/recordings/${video.id}/content`)
    expect(JSON.stringify(data)).not.toContain('files.example.test')
  })

  test('are found by id and by kind, and behind the link of the bot', async () => {
    const bot = (await get('')).json().data
    expect(bot.recordingUrl).toBe(`https://seer.example${botsUrl}/${botId}/recordings/video/content`)
    for (const name of ['video', video.id]) {
      expect((await get(`/recordings/${name}/content`)).rawPayload.equals(content)).toBe(true)
    }
  })

  test('are nobody else’s', async () => {
    const stranger = await api.makeKey('stranger')
    expect((await get('/recordings', {}, 'GET', stranger)).statusCode).toBe(404)
    expect((await get('/recordings/video/content', {}, 'GET', stranger)).json()).toMatchObject({ code: 'NOT_FOUND' })
    const anybody = await api.app.inject({ url: `${botsUrl}/${botId}/recordings/video/content` })
    expect(anybody.statusCode).toBe(401)
  })

  test.each([
    ['audio', 409, 'RECORDING_NOT_STORED'],
    ['chat', 410, 'RECORDING_GONE'],
    [newId(), 404, 'NOT_FOUND'],
    ['sound', 400, 'VALIDATION_FAILED'],
  ])('that cannot be had say why: %s', async (name, status, code) => {
    const answer = await get(`/recordings/${name}/content`)
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
    expect(answer.json().detail).toMatch(/\w+ \w+/)
  })

  test('that are not there yet say when to ask again', async () => {
    expect((await get('/recordings/audio/content')).headers['retry-after']).toBe('10')
  })
})

describe('the content', () => {
  test('comes with type, size, tag and name', async () => {
    const { statusCode, headers, rawPayload } = await contentOf()
    expect(statusCode).toBe(200)
    expect(rawPayload.equals(content)).toBe(true)
    expect(headers).toMatchObject({
      'content-type': 'video/mp4',
      'content-length': '10000',
      'accept-ranges': 'bytes',
      etag: `"${sha256}"`,
      'content-disposition': 'inline; filename="2026-05-05-video.mp4"',
    })
  })

  test('is saved by a browser if that is asked for', async () => {
    const { headers } = await get('/recordings/video/content?download=1')
    expect(headers['content-disposition']).toBe('attachment; filename="2026-05-05-video.mp4"')
  })

  test('has the type that the reference says', async () => {
    const reference = (await api.app.inject('/openapi.json')).json()
    const { responses } = reference.paths[`${botsUrl}/{botId}/recordings/{recordingId}/content`].get
    const types = ['video/mp4', 'audio/flac', 'application/json', 'application/x-ndjson']
    expect([200, 206].map((status) => Object.keys(responses[status].content))).toEqual([types, types])
  })

  test('is only described for HEAD', async () => {
    const { statusCode, headers, rawPayload } = await contentOf({}, 'HEAD')
    expect([statusCode, headers['content-length'], rawPayload.length]).toEqual([200, '10000', 0])
  })

  test.each([
    ['bytes=0-99', 0, 99],
    ['bytes=9990-', 9_990, 9_999],
    ['bytes=-5', 9_995, 9_999],
    ['bytes=-99999', 0, 9_999],
    ['bytes=9999-99999', 9_999, 9_999],
    ['bytes= 5-6', 5, 6],
    ['Bytes=5-6', 5, 6],
  ])('comes in part for the range %s', async (range, first, last) => {
    const { statusCode, headers, rawPayload } = await contentOf({ range })
    expect([statusCode, headers['content-range']]).toEqual([206, `bytes ${first}-${last}/10000`])
    expect(headers['content-length']).toBe(String(last - first + 1))
    expect(rawPayload.equals(content.subarray(first, last + 1))).toBe(true)
  })

  test.each(['bytes=10000-', 'bytes=99999-100000', 'bytes=-0'])('has no such range as %s', async (range) => {
    const answer = await contentOf({ range })
    expect([answer.statusCode, answer.headers['content-range']]).toEqual([416, 'bytes */10000'])
    expect(answer.json()).toMatchObject({
      code: 'RANGE_NOT_SATISFIABLE',
      detail: 'The file has 10000 bytes, and the range begins behind them.',
    })
    expect(answer.headers['content-disposition']).toBeUndefined()
  })

  test.each([
    'bytes=',
    'bytes=a-b',
    'bytes=9-5',
    'items=0-5',
    'bytes=0-1,5-6',
    'bytes=0-5,-1,',
    '0-5',
    'bytes=--5',
    'bytes=1-2-3',
    `bytes=${'9'.repeat(400)}-`,
  ])('comes whole, or is refused, for the odd range %s', async (range) => {
    const { statusCode, rawPayload } = await contentOf({ range })
    expect([200, 416]).toContain(statusCode)
    expect(statusCode === 416 || rawPayload.equals(content)).toBe(true)
  })

  test.each([
    ['If-Range with the tag', { 'if-range': `"${sha256}"`, range: 'bytes=0-9' }, 206],
    ['If-Range with another tag', { 'if-range': '"other"', range: 'bytes=0-9' }, 200],
    ['If-None-Match with the tag', { 'if-none-match': `"${sha256}"` }, 304],
    ['If-None-Match with a weak tag', { 'if-none-match': `W/"${sha256}"` }, 304],
    ['If-None-Match with several tags', { 'if-none-match': `"a", "${sha256}"` }, 304],
    ['If-None-Match with *', { 'if-none-match': '*' }, 304],
    ['If-None-Match with another tag', { 'if-none-match': '"other"' }, 200],
  ])('heeds %s', async (_, headers, status) => {
    expect((await contentOf(headers)).statusCode).toBe(status)
  })

  test('that the storage has lost is a clear error, and no half file', async () => {
    const key = video.storageKey as string
    await storage.delete(key)
    const answer = await contentOf()
    expect(answer.statusCode).toBeGreaterThanOrEqual(400)
    expect(answer.json()).toMatchObject({ code: expect.stringMatching(/^STORAGE_/) })
    expect(answer.headers['content-length']).not.toBe('10000')
    expect(answer.headers).not.toHaveProperty('content-disposition')
    await storage.put(key, { path: join(folder, 'video'), bytes: content.length, sha256, contentType: 'video/mp4' })
  })
})

test('an installation whose store makes links redirects to them for five minutes', async () => {
  const signed: unknown[] = []
  const sign = async (name: string, options: object) => {
    signed.push(name, options)
    return 'https://store.example/x?signature=y'
  }
  const options = { ...api.deps.options, redirectsToStore: true }
  const app = buildApi({ ...api.deps, storage: { ...storage, sign }, options })
  const url = `${botsUrl}/${botId}/recordings/video/content?download=1`
  const headers = { authorization: `Bearer ${key}` }
  const answer = await app.inject({ url, headers })
  // A link is only good for GET.
  const described = await app.inject({ method: 'HEAD', url, headers })
  const known = await app.inject({ url, headers: { ...headers, 'if-none-match': `"${sha256}"` } })
  await app.close()
  expect([described.statusCode, described.headers['content-length'], known.statusCode]).toEqual([200, '10000', 304])
  expect([answer.statusCode, answer.headers.location]).toEqual([302, 'https://store.example/x?signature=y'])
  expect(answer.headers['cache-control']).toBe('no-store')
  const expected = {
    expiresInSeconds: 300,
    fileName: '2026-05-05-video.mp4',
    contentType: 'video/mp4',
    asDownload: true,
  }
  expect(signed).toEqual([video.storageKey, expected])
})

test('bots are listed by what they delivered', async () => {
  const before = await api.db.meetings.find(botId)
  if (!before) throw new Error('It is not there.')
  await api.db.meetings.saveChange({
    before,
    next: { ...before, delivery: nothingDelivered(before) },
    entries: [],
    cause: 'worker',
  })
  const listed = async (query: string) =>
    (await clientOf(api.app, key)('GET', `${botsUrl}?${query}`)).body.data.map(({ id }: { id: string }) => id)
  expect(await listed('delivery=empty')).toEqual([botId])
  expect(await listed('delivery=good,partial')).toEqual([])
  expect((await get('')).json().data.delivery).toMatchObject({ grade: 'empty', reasons: ['never_recorded'] })
})
