import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startSandbox } from '../../testing/harness.ts'
import type { SandboxOptions } from '../settings.ts'

const Bucket = 'recordings'

async function start(options: SandboxOptions = {}, config: S3ClientConfig = {}) {
  const sandbox = await startSandbox(options)
  const { url, environment } = sandbox.s3
  const credentials = {
    accessKeyId: environment['AWS_ACCESS_KEY_ID'] as string,
    secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] as string,
  }
  const client = new S3Client({
    endpoint: url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 1,
    ...config,
  })
  onTestFinished(() => client.destroy())
  const put = (Key: string, Body = Key) => client.send(new PutObjectCommand({ Bucket, Key, Body }))
  return { sandbox, client, put }
}

const refused = (name: string, status: number) =>
  expect.objectContaining({ name, $metadata: expect.objectContaining({ httpStatusCode: status }) })

describe('objects', () => {
  test('have what they were stored with', async () => {
    const { client } = await start()
    const about = { ContentType: 'video/mp4', Metadata: { one: 'two' } }
    await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'text', ...about }))
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'a', ChecksumMode: 'ENABLED' }))
    expect(head).toMatchObject({ ...about, ContentLength: 4, ChecksumSHA256: expect.stringMatching(/^.{43}=$/) })
    const found = await client.send(new GetObjectCommand({ Bucket, Key: 'a', ResponseContentType: 'text/plain' }))
    expect([found.ContentType, await found.Body?.transformToString()]).toEqual(['text/plain', 'text'])
  })

  test('are overwritten, except with If-None-Match: *', async () => {
    const { client, put } = await start()
    await put('a', 'one')
    await put('a', 'two')
    const once = new PutObjectCommand({ Bucket, Key: 'a', Body: 'three', IfNoneMatch: '*' })
    await expect(client.send(once)).rejects.toEqual(refused('PreconditionFailed', 412))
    const found = await client.send(new GetObjectCommand({ Bucket, Key: 'a' }))
    expect(await found.Body?.transformToString()).toBe('two')
  })

  test('can be read under conditions and in ranges', async () => {
    const { client, put } = await start()
    const { ETag } = await put('a', '0123456789')
    const get = (more: object) => client.send(new GetObjectCommand({ Bucket, Key: 'a', ...more }))
    const part = await get({ Range: 'bytes=2-4', IfMatch: ETag })
    expect([part.ContentRange, await part.Body?.transformToString()]).toEqual(['bytes 2-4/10', '234'])
    await expect(get({ IfMatch: '"other"' })).rejects.toEqual(refused('PreconditionFailed', 412))
    await expect(get({ IfNoneMatch: ETag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } })
    await expect(get({ Range: 'bytes=10-' })).rejects.toEqual(refused('InvalidRange', 416))
    await expect(client.send(new GetObjectCommand({ Bucket, Key: 'b' }))).rejects.toEqual(refused('NoSuchKey', 404))
  })

  test('are listed in pages, sorted, by prefix', async () => {
    const { client, put } = await start()
    for (const key of ['b/2', 'a', 'b/1', 'b/é & <3>', 'c']) await put(key)
    const keys: (string | undefined)[][] = []
    let ContinuationToken: string | undefined
    do {
      const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'b/', MaxKeys: 2, ContinuationToken }))
      keys.push((page.Contents ?? []).map(({ Key }) => Key))
      ContinuationToken = page.NextContinuationToken
    } while (ContinuationToken)
    expect(keys).toEqual([['b/1', 'b/2'], ['b/é & <3>']])
  })

  test('are deleted in groups', async () => {
    const { client, put } = await start()
    for (const key of ['a', 'b & <c>', 'd']) await put(key)
    const Objects = [{ Key: 'a' }, { Key: 'b & <c>' }, { Key: 'missing' }]
    await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
    const left = await client.send(new ListObjectsV2Command({ Bucket }))
    expect(left.Contents?.map(({ Key }) => Key)).toEqual(['d'])
  })
})

describe('uploads in parts', () => {
  const least = 5 * 1024 * 1024

  async function begin(options: SandboxOptions = {}) {
    const { client } = await start(options)
    const about = { Bucket, Key: 'a', ChecksumAlgorithm: 'SHA256' as const }
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(about))
    const target = { Bucket, Key: 'a', UploadId }
    const send = async (PartNumber: number, Body: string) => {
      const command = new UploadPartCommand({ ...target, PartNumber, Body, ChecksumAlgorithm: 'SHA256' })
      const { ETag, ChecksumSHA256 } = await client.send(command)
      return { PartNumber, ETag, ChecksumSHA256 }
    }
    const complete = (Parts: object[], more: object = {}) =>
      client.send(new CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts }, ...more }))
    return { client, target, send, complete }
  }

  test('become one object', async () => {
    const { client, send, complete } = await begin()
    const parts = [await send(1, 'x'.repeat(least)), await send(2, 'end')]
    expect(await complete(parts)).toMatchObject({ ChecksumSHA256: expect.stringMatching(/-2$/) })
    const last = new GetObjectCommand({ Bucket, Key: 'a', Range: `bytes=${least - 2}-` })
    const found = await client.send(last)
    expect(await found.Body?.transformToString()).toBe('xxend')
  })

  test('refuse parts that are small, unknown, unordered or not proven', async () => {
    const { client, target, send, complete } = await begin()
    const [one, two] = [await send(1, 'small'), await send(2, 'end')]
    await expect(complete([one, two])).rejects.toEqual(refused('EntityTooSmall', 400))
    await expect(complete([one, one])).rejects.toEqual(refused('InvalidPartOrder', 400))
    await expect(complete([{ ...one, PartNumber: 7 }])).rejects.toEqual(refused('InvalidPart', 400))
    await expect(complete([{ ...one, ETag: '"x"' }])).rejects.toEqual(refused('InvalidPart', 400))
    await expect(complete([{ ...one, ChecksumSHA256: two.ChecksumSHA256 }])).rejects.toEqual(
      refused('InvalidPart', 400),
    )
    await expect(complete([{ ...one, ChecksumSHA256: undefined }])).rejects.toEqual(refused('InvalidRequest', 400))
    const unproven = new UploadPartCommand({ ...target, PartNumber: 3, Body: 'text' })
    await expect(client.send(unproven)).rejects.toEqual(refused('InvalidRequest', 400))
  })

  test('complete only once, and never over an object with If-None-Match: *', async () => {
    const { client, send, complete } = await begin()
    const part = await send(1, 'part')
    await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'first' }))
    await expect(complete([part], { IfNoneMatch: '*' })).rejects.toEqual(refused('PreconditionFailed', 412))
    await complete([part])
    await expect(complete([part])).rejects.toEqual(refused('NoSuchUpload', 404))
  })

  test('and their parts are listed in pages', async () => {
    const { client, target, send } = await begin()
    await Promise.all([3, 1, 2].map((number) => send(number, `part ${number}`)))
    const first = await client.send(new ListPartsCommand({ ...target, MaxParts: 2 }))
    expect([first.IsTruncated, first.Parts?.map(({ PartNumber }) => PartNumber)]).toEqual([true, [1, 2]])
    const rest = await client.send(new ListPartsCommand({ ...target, PartNumberMarker: first.NextPartNumberMarker }))
    expect(rest.Parts).toMatchObject([{ PartNumber: 3, Size: 6, ChecksumSHA256: expect.any(String) }])
    await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'b' }))
    const page = await client.send(new ListMultipartUploadsCommand({ Bucket, MaxUploads: 1 }))
    expect([page.IsTruncated, page.Uploads?.map(({ Key }) => Key)]).toEqual([true, ['a']])
    const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page
    const next = await client.send(new ListMultipartUploadsCommand({ Bucket, KeyMarker, UploadIdMarker }))
    expect(next.Uploads?.map(({ Key }) => Key)).toEqual(['b'])
  })
})

describe('what it refuses', () => {
  test('the CRC32 and the chunks that the SDK sends by default', async () => {
    const { client } = await start({}, { requestChecksumCalculation: 'WHEN_SUPPORTED' })
    const text = new PutObjectCommand({ Bucket, Key: 'a', Body: 'text' })
    await expect(client.send(text)).rejects.toEqual(refused('NotImplemented', 501))
    const stream = new PutObjectCommand({
      Bucket,
      Key: 'a',
      Body: Readable.from([Buffer.from('text')]),
      ContentLength: 4,
    })
    await expect(client.send(stream)).rejects.toEqual(refused('NotImplemented', 501))
  })

  test('a wrong checksum', async () => {
    const { client } = await start()
    const wrong = new PutObjectCommand({ Bucket, Key: 'a', Body: 'text', ChecksumSHA256: `${'A'.repeat(43)}=` })
    await expect(client.send(wrong)).rejects.toEqual(refused('BadDigest', 400))
    const none = new PutObjectCommand({ Bucket, Key: 'a', Body: 'text', ChecksumSHA256: 'A' })
    await expect(client.send(none)).rejects.toEqual(refused('InvalidRequest', 400))
  })

  test('a clock that is wrong, and headers that are not signed', async () => {
    const { client } = await start({ realNow: () => Date.now() + 16 * 60_000 })
    await expect(client.send(new ListObjectsV2Command({ Bucket }))).rejects.toEqual(
      refused('RequestTimeTooSkewed', 403),
    )
    const other = await start()
    const unsigned = new ListObjectsV2Command({ Bucket })
    unsigned.middlewareStack.addRelativeTo(
      (next: any) => (args: any) => {
        Object.assign(args.request.headers, { 'x-amz-meta-late': 'x' })
        return next(args)
      },
      { relation: 'after', toMiddleware: 'httpSigningMiddleware' },
    )
    await expect(other.client.send(unsigned)).rejects.toEqual(refused('AccessDenied', 403))
  })

  test('callers without a signature, and what it does not know', async () => {
    const { sandbox, client, put } = await start()
    await put('a')
    expect((await fetch(`${sandbox.s3.url}/${Bucket}/a`)).status).toBe(403)
    const acl = new GetObjectAclCommand({ Bucket, Key: 'a' })
    await expect(client.send(acl)).rejects.toEqual(refused('NotImplemented', 501))
  })
})

test('a bucket can stand in front of the host name', async () => {
  const toThisMachine: any = (_host: string, { all }: { all?: boolean }, done: (...answer: unknown[]) => void) =>
    all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)
  const httpAgent = new Agent({ lookup: toThisMachine })
  const sandbox = await startSandbox()
  const port = new URL(sandbox.url).port
  const client = new S3Client({
    endpoint: `http://s3.example.test:${port}/s3`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'sandbox-access-key', secretAccessKey: 'not-a-secret-sandbox-s3' },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    requestHandler: { httpAgent },
  })
  onTestFinished(() => client.destroy())
  await client.send(new PutObjectCommand({ Bucket, Key: 'a/b', Body: 'text' }))
  const found = await client.send(new GetObjectCommand({ Bucket, Key: 'a/b' }))
  expect(await found.Body?.transformToString()).toBe('text')
  expect((await sandbox.get('/sandbox/s3')).body.objects).toMatchObject([{ key: 'a/b', bytes: 4 }])
})

test('a folder keeps the objects over a restart, but no unfinished uploads', async () => {
  const s3Folder = mkdtempSync(join(tmpdir(), 'sandbox-s3-test-'))
  onTestFinished(() => rmSync(s3Folder, { recursive: true }))
  const first = await start({ s3Folder })
  await first.put('a', 'kept')
  const { UploadId } = await first.client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'b' }))
  await first.client.send(new UploadPartCommand({ Bucket, Key: 'b', UploadId, PartNumber: 1, Body: 'part' }))
  await first.sandbox.close()
  const second = await start({ s3Folder })
  const found = await second.client.send(new GetObjectCommand({ Bucket, Key: 'a' }))
  expect(await found.Body?.transformToString()).toBe('kept')
  expect(readdirSync(join(s3Folder, Bucket))).toHaveLength(2)
  await second.sandbox.call('POST', '/sandbox/reset')
  expect((await second.sandbox.get('/sandbox/s3')).body.objects).toEqual([])
})
