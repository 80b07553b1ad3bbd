/** The S3 storage with the real SDK, against the strict S3 endpoint of the sandbox. */
import { inspect } from 'node:util'
import { RetryableError } from '@seer/core/basics/errors'
import type { SignOptions } from '@seer/core/recordings/storage'
import { bytesOf, filesToStore, type MadeFile } from '@seer/core/testing/recordings/file-to-store'
import { storageContract } from '@seer/core/testing/recordings/storage-contract'
import { openS3Storage } from '@seer/infra/storage/s3/open-s3-storage'
import type { S3Options } from '@seer/infra/storage/s3/s3-client'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { buildSandbox, type Sandbox } from '../apps/sandbox/src/sandbox.ts'

const files = filesToStore()
const credentials = { accessKeyId: 'sandbox-access-key', secretAccessKey: 'not-a-secret-sandbox-s3' }
/** How far the clock of the service is ahead. */
let aheadMs = 0
let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await buildSandbox({
    s3LeastPartBytes: 1,
    s3Buckets: ['recordings', 'other'],
    realNow: () => Date.now() + aheadMs,
  })
})
afterAll(() => sandbox.close())

function open(options: Partial<S3Options> = {}) {
  return openS3Storage({
    bucket: 'recordings',
    prefix: 'seer/test',
    region: 'us-east-1',
    endpoint: sandbox.s3.url,
    pathStyle: true,
    credentials,
    retryPauseMs: 1,
    ...options,
  })
}

type Holds = { objects: { key: string }[]; uploads: { id: string; key: string; parts: number }[] }
async function holds(): Promise<Holds> {
  return (await (await fetch(`${sandbox.url}/sandbox/s3`)).json()) as Holds
}
const countLeft = async () => {
  const { objects, uploads } = await holds()
  return objects.length + uploads.length
}

async function uploadsOf(key: string) {
  return (await holds()).uploads.filter((upload) => upload.key === `seer/test/${key}`)
}

async function strike(fault: object): Promise<void> {
  const answer = await fetch(`${sandbox.url}/sandbox/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
  })
  expect(answer.status).toBe(201)
}
/** How often each fault has struck. */
async function struck(): Promise<number[]> {
  const { faults } = (await (await fetch(`${sandbox.url}/sandbox/faults`)).json()) as { faults: { struck: number }[] }
  return faults.map((fault) => fault.struck)
}
afterEach(async () => {
  await fetch(`${sandbox.url}/sandbox/faults`, { method: 'DELETE' })
})

const onPut = { match: { method: 'PUT', path: '/s3/' } }
const onGet = { match: { method: 'GET', path: '/s3/' } }
let keys = 0
const newKey = () => `faults/${(keys += 1)}`
const inParts = { onePutBytes: 10, partBytes: 100_000 }

describe('in one request', () => {
  storageContract(async () => ({ storage: open(), countLeft }))
})

describe('in parts', () => {
  storageContract(async () => ({ storage: open({ onePutBytes: 10, partBytes: 30_000 }), countLeft }))
})

/** Also for parts: the same must be so for a file that is sent in several requests. */
describe.each([
  ['in one request', {}],
  ['in parts', inParts],
])('a file that is sent %s', (_, options) => {
  test.each([
    ['answers 503 SlowDown', { kind: 'status', status: 503, times: 3 }],
    ['answers 500', { kind: 'status', status: 500, times: 3 }],
    ['reports a conflict', { kind: 'status', status: 409, times: 2 }],
    ['breaks the connection', { kind: 'reset', times: 2 }],
    ['breaks the connection in the middle of the bytes', { kind: 'cut', times: 2 }],
    ['hangs', { kind: 'timeout_before', times: 1 }],
  ])('is stored when the service %s for a while', async (_name, fault) => {
    await strike({ ...fault, ...onPut })
    const [key, file] = [newKey(), await files.make(250_000)]
    expect(await open({ ...options, idleTimeoutMs: 300 }).put(key, file)).toBe('stored')
    expect((await bytesOf(await open().read(key))).equals(file.content)).toBe(true)
    expect(await struck()).toEqual([fault.times])
  })

  test.each([
    ['stays down', { kind: 'status', status: 503 }, 'STORAGE_UNAVAILABLE', 4],
    ['always breaks the connection', { kind: 'cut' }, 'STORAGE_UNAVAILABLE', 4],
    ['is full', { kind: 'status', status: 507 }, 'STORAGE_FULL', 1],
    ['is full, in other words', { kind: 'status', status: 403, code: 'QuotaExceeded' }, 'STORAGE_FULL', 1],
    ['denies', { kind: 'status', status: 403 }, 'STORAGE_DENIED', 1],
    ['gets other bytes than were sent', { kind: 'wrong_bytes' }, 'STORAGE_CHECKSUM_MISMATCH', 1],
  ])('is not stored when the service %s', async (_name, fault, code, requests) => {
    await strike({ ...fault, ...onPut })
    const [key, file] = [newKey(), await files.make(250_000)]
    const putting = open(options).put(key, file)
    await expect(putting).rejects.toMatchObject({ code, message: expect.stringContaining('recordings') })
    await expect(putting).rejects.toBeInstanceOf(RetryableError)
    expect(await struck()).toEqual([requests])
    expect((await holds()).objects.map((object) => object.key)).not.toContain(`seer/test/${key}`)
  })

  test.each(['PUT', 'POST'])('is stored, or exists, when the answer to %s is lost', async (method) => {
    const [key, file] = [newKey(), await files.make(250_000)]
    const match = { method, path: `/s3/recordings/seer/test/${key}` }
    await strike({ kind: 'timeout_after_success', ms: 1, times: 1, match })
    expect(['stored', 'exists']).toContain(await open(options).put(key, file))
    expect(await open().head(key)).toMatchObject({ bytes: file.bytes, sha256: file.sha256 })
    expect(await uploadsOf(key)).toEqual([])
  })
})

describe('a file that is sent in parts', () => {
  const partPuts = () => ({ kind: 'latency', ms: 0, match: { method: 'PUT', path: '/s3/' } })
  const broken = async (file: MadeFile, key: string) => {
    await strike({ kind: 'status', status: 403, skip: 2, ...onPut })
    await expect(open(inParts).put(key, file)).rejects.toMatchObject({ code: 'STORAGE_DENIED' })
    await fetch(`${sandbox.url}/sandbox/faults`, { method: 'DELETE' })
  }

  test('is continued where it was broken off', async () => {
    const [key, file] = [newKey(), await files.make(500_000)]
    await broken(file, key)
    expect(await uploadsOf(key)).toMatchObject([{ parts: 2 }])
    await strike(partPuts())
    expect(await open(inParts).put(key, file)).toBe('stored')
    expect(await struck()).toEqual([3])
    expect((await bytesOf(await open().read(key))).equals(file.content)).toBe(true)
    expect(await uploadsOf(key)).toEqual([])
  })

  test('is not mixed with parts of another file', async () => {
    const [key, file] = [newKey(), await files.make(500_000)]
    await broken(await files.make(500_000), key)
    await strike(partPuts())
    expect(await open(inParts).put(key, file)).toBe('stored')
    expect(await struck()).toEqual([5])
    expect(await open().head(key)).toMatchObject({ sha256: file.sha256 })
    expect(await uploadsOf(key)).toEqual([])
  })

  test('does not take over the SHA-256 of a longer file that begins with the same parts', async () => {
    const key = newKey()
    const longer = await files.make(500_000)
    const file = await files.make(longer.content.subarray(0, 300_000))
    await broken(longer, key)
    await expect(open(inParts).put(key, file)).rejects.toMatchObject({ code: 'STORAGE_CHECKSUM_MISMATCH' })
    expect(await open().head(key)).toBeNull()
    expect(await open(inParts).put(key, file)).toBe('stored')
    expect(await open().head(key)).toMatchObject({ bytes: 300_000, sha256: file.sha256 })
  })

  test('is dropped by deleting its key', async () => {
    const key = newKey()
    await broken(await files.make(500_000), key)
    expect(await open().delete(key)).toBe(false)
    expect(await uploadsOf(key)).toEqual([])
  })
})

describe('reading', () => {
  async function stored(bytes = 900_000): Promise<{ key: string; file: MadeFile }> {
    const [key, file] = [newKey(), await files.make(bytes)]
    await open().put(key, file)
    return { key, file }
  }

  test.each([
    ['breaks off twice', { kind: 'truncate', times: 2 }],
    ['is down for a while', { kind: 'status', status: 503, times: 3 }],
    ['hangs', { kind: 'timeout_before', times: 1 }],
  ])('goes on when the service %s', async (_, fault) => {
    const { key, file } = await stored()
    await strike({ ...fault, ...onGet })
    expect((await bytesOf(await open({ idleTimeoutMs: 300 }).read(key))).equals(file.content)).toBe(true)
    expect(await struck()).toEqual([fault.times])
  })

  test('goes on within a range', async () => {
    const { key, file } = await stored()
    await strike({ kind: 'truncate', times: 3, ...onGet })
    const read = await bytesOf(await open().read(key, { first: 100_000, last: 699_999 }))
    expect(read.equals(file.content.subarray(100_000, 700_000))).toBe(true)
  })

  test.each([
    ['sends other bytes', { kind: 'wrong_bytes' }, 'STORAGE_CHECKSUM_MISMATCH'],
    ['stays down', { kind: 'status', status: 503 }, 'STORAGE_UNAVAILABLE'],
    ['denies', { kind: 'status', status: 403 }, 'STORAGE_DENIED'],
    ['has lost the object meanwhile', { kind: 'status', status: 404, code: 'NoSuchKey' }, 'STORAGE_OBJECT_MISSING'],
  ])('fails when the service %s', async (_, fault, code) => {
    const { key } = await stored()
    await strike({ ...fault, ...onGet })
    await expect(open().read(key).then(bytesOf)).rejects.toMatchObject({ code })
  })

  test('a slow service is only slow', async () => {
    const { key, file } = await stored(20_000)
    await strike({ kind: 'slow', bytesPerSecond: 200_000, ...onGet })
    const start = performance.now()
    expect((await bytesOf(await open({ idleTimeoutMs: 1_000 }).read(key))).equals(file.content)).toBe(true)
    expect(performance.now() - start).toBeGreaterThan(80)
  })
})

describe('a bucket that cannot be used', () => {
  test.each([
    ['does not exist', { bucket: 'unknown' }, 'STORAGE_UNAVAILABLE', 'NoSuchBucket'],
    [
      'does not know the key',
      { credentials: { ...credentials, accessKeyId: 'x' } },
      'STORAGE_DENIED',
      'InvalidAccessKeyId',
    ],
    [
      'gets a wrong signature',
      { credentials: { ...credentials, secretAccessKey: 'x' } },
      'STORAGE_DENIED',
      'Signature',
    ],
    ['lies in another region', { region: 'eu-west-1' }, 'STORAGE_UNAVAILABLE', 'region'],
    ['is at an address where nobody listens', { endpoint: 'http://127.0.0.1:9' }, 'STORAGE_UNAVAILABLE', 'reached'],
  ])('because it %s is told in words', async (_, options, code, words) => {
    const storage = open(options)
    const told = expect.objectContaining({ code, message: expect.stringContaining(words) })
    const file = await files.make(10)
    await expect(storage.put('a', file)).rejects.toEqual(told)
    await expect(storage.check()).rejects.toEqual(told)
    await expect(storage.head('a')).rejects.toMatchObject({ code })
    await expect(storage.delete('a')).rejects.toMatchObject({ code })
  })

  test('errors hold neither keys nor signatures', async () => {
    const wrong = { ...credentials, secretAccessKey: 'not-a-secret-but-wrong' }
    const error = await open({ credentials: wrong })
      .check()
      .catch((caught: unknown) => caught)
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/not-a-secret|sandbox-access-key|Signature=/)
  })

  test('installations may share one by their prefixes', async () => {
    const file = await files.make('text')
    expect(await open({ prefix: 'one' }).put('a', file)).toBe('stored')
    expect(await open({ prefix: 'two' }).put('a', file)).toBe('stored')
    expect(await open({ prefix: '' }).head('one/a')).not.toBeNull()
    expect(await open({ bucket: 'other', prefix: 'one' }).head('a')).toBeNull()
  })
})

describe('a signed link', () => {
  const options = { expiresInSeconds: 60, fileName: 'Überblick.mp4', contentType: 'video/mp4', asDownload: true }

  async function signed(changes: Partial<SignOptions> = {}): Promise<string> {
    const key = newKey()
    await open().put(key, await files.make('0123456789', 'application/octet-stream'))
    return (await open().sign(key, { ...options, ...changes })) as string
  }

  test('gives the bytes with the name and type that were asked for, and ranges', async () => {
    const answer = await fetch(await signed())
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe('0123456789')
    expect(answer.headers.get('content-type')).toBe('video/mp4')
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; .*filename\*=UTF-8''%C3%9Cberblick.mp4$/)
    const part = await fetch(await signed({ asDownload: false }), { headers: { range: 'bytes=2-4' } })
    expect([part.status, await part.text()]).toEqual([206, '234'])
    expect(part.headers.get('content-disposition')).toMatch(/^inline; /)
  })

  test('leads to the public address of the service, and works there only', async () => {
    const [inside, outside] = [sandbox.s3.url, sandbox.s3.url.replace('127.0.0.1', 'localhost')]
    expect(outside).not.toBe(inside)
    const key = newKey()
    await open().put(key, await files.make('0123456789', 'application/octet-stream'))
    const link = (await open({ publicEndpoint: outside }).sign(key, options)) as string
    expect(link.startsWith(`${outside}/recordings/seer/test/${key}?`)).toBe(true)
    expect(await (await fetch(link)).text()).toBe('0123456789')
    const elsewhere = await fetch(link.replace(outside, inside))
    expect([elsewhere.status, await elsewhere.text()]).toEqual([403, expect.stringContaining('SignatureDoesNotMatch')])
  })

  test('is signed for a public address that cannot be reached from here, and files still go to the other', async () => {
    const storage = open({ publicEndpoint: 'https://recordings.example.com' })
    const key = newKey()
    await storage.put(key, await files.make('0123456789', 'application/octet-stream'))
    expect(await storage.head(key)).not.toBeNull()
    const link = new URL((await storage.sign(key, options)) as string)
    expect(link.origin + link.pathname).toBe(`https://recordings.example.com/recordings/seer/test/${key}`)
    await storage.close()
  })

  test('cannot be changed, used for anything else, or used later', async () => {
    const link = await signed()
    const forged = [
      link.replace('Signature=', 'Signature=0'),
      link.replace('video%2Fmp4', 'text%2Fhtml'),
      link.replace('/faults/', '/other/'),
      link.replace('Expires=60', 'Expires=600'),
    ]
    const statuses = await Promise.all(forged.map(async (each) => (await fetch(each)).status))
    expect(statuses).toEqual([403, 403, 403, 403])
    expect((await fetch(link, { method: 'DELETE' })).status).toBe(403)
    aheadMs += 60_000
    const late = await fetch(link)
    expect(late.status).toBe(403)
    expect(await late.text()).toContain('Request has expired')
  })
})
