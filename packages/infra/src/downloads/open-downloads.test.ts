import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RetryableError } from '@seer/core/basics/errors'
import type { FetchOptions } from '@seer/core/recordings/custody/downloads'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openDownloads } from './open-downloads.ts'
import { partialFile } from './partial-file.ts'

type Handle = (request: IncomingMessage, response: ServerResponse) => void

const content = randomBytes(300_000)
const sha256 = createHash('sha256').update(content).digest('hex')
const etag = '"v1"'

let folder: string
let origin: string
let handle: Handle
const asked: IncomingMessage[] = []
const server = createServer((request, response) => {
  asked.push(request)
  handle(request, response)
})

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const local = { anyAddress: false, privateHosts: ['127.0.0.1'], httpsOnly: false }
let downloads: ReturnType<typeof openDownloads>
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seer-downloads-'))
  downloads = openDownloads({ folder, addresses: local, silenceMs: 150 })
  asked.splice(0)
  cut = () => {}
})
afterEach(async () => {
  await downloads.close()
  await rm(folder, { recursive: true, force: true })
})

/** Breaks the connection. */
let cut = () => {}

const fetchFile = (options: Partial<FetchOptions> = {}, path = '/file') =>
  downloads.fetch('one', `${origin}${path}`, {
    maxBytes: 1_000_000,
    onProgress: () => setImmediate(cut),
    signal: new AbortController().signal,
    ...options,
  })

/** Like S3: with ranges, and with `If-Range`. `upTo`: sends so many bytes of the answer, and breaks the connection when the first of them have arrived. */
function store({ bytes = content, tag = etag, upTo = Number.POSITIVE_INFINITY } = {}): Handle {
  return (request, response) => {
    const { range, 'if-range': ifRange } = request.headers
    const from = range && ifRange === tag ? Number(/^bytes=(\d+)-/.exec(range)?.[1]) : 0
    const part = bytes.subarray(from)
    const headers = { etag: tag, 'content-type': 'video/mp4', 'content-length': part.length }
    if (from > 0)
      response.writeHead(206, { ...headers, 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` })
    else response.writeHead(200, headers)
    cut = () => {}
    if (part.length <= upTo) return void response.end(part)
    response.write(part.subarray(0, upTo))
    cut = () => response.destroy()
  }
}

const interrupted = async (options?: Partial<FetchOptions>) => {
  const error: unknown = await fetchFile(options).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(RetryableError)
  expect(error).toMatchObject({ code: 'DOWNLOAD_INTERRUPTED' })
  return error as RetryableError
}

async function expectWhole(outcome: Awaited<ReturnType<typeof fetchFile>>): Promise<void> {
  expect(outcome).toMatchObject({
    outcome: 'fetched',
    file: { bytes: content.length, sha256, contentType: 'video/mp4' },
  })
  expect(content.equals(await readFile(join(folder, 'one.part')))).toBe(true)
}

describe('a download', () => {
  test('has the size and the hash of the file', async () => {
    handle = store()
    const told: [number, number | null][] = []
    await expectWhole(await fetchFile({ onProgress: (copied, total) => told.push([copied, total]) }))
    expect(told[0]?.[1]).toBe(content.length)
  })

  test('goes on where it was cut off, as often as it takes, and asks for no byte twice', async () => {
    for (let i = 0; i < 3; i++) {
      handle = store({ upTo: 80_000 })
      await interrupted()
    }
    handle = store()
    await expectWhole(await fetchFile())
    const froms = asked.map(({ headers }) => Number(/\d+/.exec(headers.range ?? '0')?.[0]))
    expect(froms).toEqual([...froms].sort((a, b) => a - b))
    expect(froms.at(-1)).toBeGreaterThan(100_000)
    expect(asked.at(-1)?.headers['if-range']).toBe(etag)
  })

  test('that was whole when its process died asks nobody', async () => {
    handle = store()
    await fetchFile()
    await expectWhole(await fetchFile())
    expect(asked).toHaveLength(1)
  })

  test('begins anew when the file has changed', async () => {
    handle = store({ bytes: randomBytes(300_000), tag: '"old"', upTo: 100_000 })
    await interrupted()
    handle = store()
    await expectWhole(await fetchFile())
  })

  test('begins anew after an answer that the range cannot be satisfied', async () => {
    handle = store({ upTo: 100_000 })
    await interrupted()
    handle = (_, response) => response.writeHead(416, { 'content-range': 'bytes */10' }).end()
    await interrupted()
    handle = store()
    await expectWhole(await fetchFile())
    expect(asked.at(-1)?.headers.range).toBeUndefined()
  })

  test('does not take a range that it did not ask for', async () => {
    handle = store({ upTo: 100_000 })
    await interrupted()
    handle = (_, response) => response.writeHead(206, { etag, 'content-range': 'bytes 5-9/300000' }).end('wrong')
    await interrupted()
    handle = store()
    await expectWhole(await fetchFile())
  })

  test('is not gone on with when the sender gave no strong tag', async () => {
    handle = store({ tag: 'W/"weak"', upTo: 100_000 })
    await interrupted()
    handle = store({ tag: 'W/"weak"' })
    await expectWhole(await fetchFile())
    expect(asked.at(-1)?.headers.range).toBeUndefined()
  })

  test('is not gone on with when what is here of it cannot be believed', async () => {
    handle = store({ upTo: 100_000 })
    await interrupted()
    await writeFile(join(folder, 'one.json'), '{"validator":')
    handle = store()
    await expectWhole(await fetchFile())
  })

  test('that is longer here than at the sender begins anew', async () => {
    handle = store({ upTo: 100_000 })
    await interrupted()
    await appendFile(join(folder, 'one.part'), randomBytes(300_000))
    handle = (request, response) => (request.headers.range ? response.writeHead(416).end() : store()(request, response))
    await interrupted()
    await expectWhole(await fetchFile())
  })

  test('of unknown length ends when the sender ends', async () => {
    handle = (_, response) => response.writeHead(200, { etag, 'content-type': 'video/mp4' }).end(content)
    await expectWhole(await fetchFile())
  })

  test('may be empty', async () => {
    handle = store({ bytes: Buffer.alloc(0) })
    expect(await fetchFile()).toMatchObject({ outcome: 'fetched', file: { bytes: 0 } })
  })

  test('is removed with all that belongs to it', async () => {
    handle = store({ upTo: 100_000 })
    await interrupted()
    await downloads.discard('one')
    expect(await readdir(folder)).toEqual([])
    await downloads.discard('one')
  })
})

describe('a sender', () => {
  test.each([400, 401, 403, 404, 410])('that answers %i has refused the link', async (status) => {
    handle = (_, response) => response.writeHead(status).end('<Error/>')
    expect(await fetchFile()).toEqual({ outcome: 'refused', status })
  })

  test.each([429, 500, 503])('that answers %i is tried again', async (status) => {
    handle = (_, response) => response.writeHead(status).end()
    await interrupted()
  })

  test('that says nothing for long has gone away', async () => {
    handle = () => {}
    await interrupted()
  })

  test('that closes the connection in the middle has sent no whole file', async () => {
    handle = (_, response) => {
      response.writeHead(200, { etag, 'content-length': content.length })
      response.write(content.subarray(0, 100_000), () => response.destroy())
    }
    await interrupted()
    handle = store()
    await expectWhole(await fetchFile())
  })

  test('that stops in the middle has gone away, and what came stays', async () => {
    handle = (_, response) => {
      response.writeHead(200, { etag, 'content-length': content.length, 'content-type': 'video/mp4' })
      response.write(content.subarray(0, 100_000))
    }
    await interrupted()
    handle = store()
    await expectWhole(await fetchFile())
    expect(asked.at(-1)?.headers.range).toBe('bytes=100000-')
  })

  test('that announces more than is allowed sends nothing', async () => {
    handle = store()
    expect(await fetchFile({ maxBytes: 299_999 })).toEqual({ outcome: 'too_large', bytes: 300_000 })
  })

  test('that sends more than is allowed without saying so is cut off, and nothing of it stays', async () => {
    handle = (_, response) => response.writeHead(200).end(content)
    expect(await fetchFile({ maxBytes: 100_000 })).toMatchObject({ outcome: 'too_large' })
    expect(await readdir(folder)).toEqual([])
  })

  test('that is told to stop is left, and what came stays', async () => {
    const stop = new AbortController()
    handle = (_, response) => {
      response.writeHead(200, { etag, 'content-length': content.length })
      response.write(content.subarray(0, 100_000))
    }
    const onProgress = () => stop.abort(new Error('enough'))
    await expect(fetchFile({ signal: stop.signal, onProgress })).rejects.toThrow('enough')
  })
})

describe('a folder for downloads', () => {
  test('that cannot be used is told as such, and not as a broken connection', async () => {
    await writeFile(join(folder, 'a-file'), '')
    const unusable = openDownloads({ folder: join(folder, 'a-file', 'downloads'), addresses: local })
    handle = store()
    const told = { code: 'STORAGE_UNAVAILABLE', message: expect.stringContaining('DOWNLOAD_FOLDER') }
    const options = { maxBytes: 1e6, onProgress: () => {}, signal: new AbortController().signal }
    await expect(unusable.fetch('one', `${origin}/file`, options)).rejects.toMatchObject(told)
    await expect(unusable.check()).rejects.toMatchObject(told)
    await unusable.close()
  })

  // A disk that was full while the sender made a pause once ended the process.
  test('that fails while the sender says nothing ends the copy', async () => {
    async function* silence(): AsyncGenerator<Uint8Array> {
      await new Promise(() => {})
      yield content
    }
    const neverBegun = partialFile(folder, 'one')
    const appending = neverBegun.append(0, createHash('sha256'), silence())
    await expect(appending).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
  })

  test('that can be used is made, and nothing stays of its check', async () => {
    await rm(folder, { recursive: true })
    await downloads.check()
    expect(await readdir(folder)).toEqual([])
  })
})

describe('addresses inside the network', () => {
  const from = async (link: string, privateHosts: string[] = []) => {
    const guarded = openDownloads({ folder, addresses: { ...local, privateHosts }, silenceMs: 400 })
    const options = { maxBytes: 1e6, onProgress: () => {}, signal: new AbortController().signal }
    return await guarded.fetch('two', link, options).finally(() => guarded.close())
  }

  test.each([
    'http://127.0.0.1/x',
    'http://[::1]/x',
    'http://[::ffff:127.0.0.1]/x',
    'http://[::ffff:7f00:1]/x',
    'http://10.1.2.3/x',
    'http://169.254.169.254/latest/meta-data',
    'http://192.168.0.1/x',
    'http://[fe80::1]/x',
    'http://[fd00::1]/x',
    'http://0.0.0.0/x',
    'http://0x7f.1/x',
    'http://2130706433/x',
    'http://localhost/x',
    'file:///etc/passwd',
    'ftp://example.com/x',
  ])('%s is refused', async (link) => {
    expect(await from(link)).toEqual({ outcome: 'not_allowed' })
  })

  test('a redirect to one is refused', async () => {
    handle = (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end()
    expect(await fetchFile()).toEqual({ outcome: 'not_allowed' })
  })

  test('a redirect to an allowed one is followed, and one without end is not', async () => {
    handle = (request, response) =>
      request.url === '/file' ? response.writeHead(302, { location: '/elsewhere' }).end() : store()(request, response)
    await expectWhole(await fetchFile())
    handle = (_, response) => response.writeHead(302, { location: '/file' }).end()
    await downloads.discard('one')
    expect((await interrupted()).message).toMatch(/redirects again and again/)
  })

  test('a name that is allowed may lead to one', async () => {
    handle = store()
    const link = `${origin.replace('127.0.0.1', 'localhost')}/file`
    expect(await from(link, ['localhost'])).toMatchObject({ outcome: 'fetched' })
  })

  test('an error never names the link', async () => {
    const closed = createServer()
    closed.listen(0, '127.0.0.1')
    await once(closed, 'listening')
    const { port } = closed.address() as AddressInfo
    closed.close()
    await once(closed, 'close')
    const link = `http://127.0.0.1:${port}/secret?X-Amz-Signature=abc`
    const error: unknown = await from(link, ['127.0.0.1']).catch((thrown: unknown) => thrown)
    expect((error as Error).message).not.toMatch(/secret|Signature/)
  })
})
