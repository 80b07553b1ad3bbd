import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { RetryableError } from '@seer/core/basics/errors'
import type { Downloads, FetchedFile, FetchOptions, FetchOutcome } from '@seer/core/recordings/custody/downloads'
import { type Dispatcher, request } from 'undici'
import { AddressNotAllowed, type AddressRules, refusalIn } from '../outgoing/address-guard.ts'
import { guardedAgent } from '../outgoing/guarded-agent.ts'
import { tryToWrite } from '../storage/folder/try-to-write.ts'
import { checkHoldsMs, recent } from '../storage/recent.ts'
import { downloadsMode, inFolder, type Origin, type PartialFile, partialFile } from './partial-file.ts'
import { passingName, untouchedFiles } from './untouched-files.ts'

export type OpenDownloads = Downloads & {
  /** Whether files can be copied to this machine. @throws RetryableError STORAGE_DENIED, STORAGE_FULL, STORAGE_UNAVAILABLE */
  check(): Promise<void>
  close(): Promise<void>
}

export type DownloadOptions = {
  /** Where files are until they are stored. */
  folder: string
  addresses: AddressRules
  /** For tests. */
  silenceMs?: number
}

/** A sender that is silent for this long has gone away. */
const silenceMs = 60_000
const connectMs = 10_000
const redirectsAtMost = 5
/** How often `onProgress` is called. */
const progressEveryMs = 250

/** Fetches files over HTTP. It goes on where an earlier attempt ended (RFC 9110 §13.1.5 If-Range, §14 Range). */
export function openDownloads({
  folder: path,
  addresses,
  silenceMs: silence = silenceMs,
}: DownloadOptions): OpenDownloads {
  const folder = resolve(path)
  const agent = guardedAgent(addresses, { connectMs, headersTimeout: silence, bodyTimeout: silence })
  return {
    async fetch(name, link, options) {
      const part = partialFile(folder, name)
      try {
        return await fetchInto(part, (headers, signal) => get(agent, link, headers, signal), options)
      } catch (error) {
        if (options.signal.aborted) throw options.signal.reason
        if (refusalIn(error)) return { outcome: 'not_allowed' }
        if (error instanceof RetryableError) throw error
        throw new RetryableError('DOWNLOAD_INTERRUPTED', {
          detail: `The connection broke: ${textOf(error)}.`,
          cause: error,
        })
      }
    },
    discard: (name) => partialFile(folder, name).remove(),
    untouchedSince: (time) => inFolder(folder, () => untouchedFiles(folder, time)),
    check: recent(
      () => inFolder(folder, () => tryToWrite(partialFile(folder, passingName()).path, downloadsMode)),
      checkHoldsMs,
    ),
    close: () => agent.destroy(),
  }
}

type Get = (headers: Record<string, string>, signal: AbortSignal) => Promise<Dispatcher.ResponseData>

async function fetchInto(part: PartialFile, send: Get, options: FetchOptions): Promise<FetchOutcome> {
  const found = await part.found()
  if (found && found.origin.total === found.bytes)
    return fetched(part, found.origin, found.bytes, await part.hashOf(found.bytes))
  const have = found && found.bytes > 0 ? found : null
  const range = have && { range: `bytes=${have.bytes}-`, 'if-range': have.origin.validator }
  const response = await send(range ?? {}, options.signal)
  const { statusCode, body, headers } = response
  try {
    if (statusCode === 416 && have) {
      // It is another file by now.
      await part.remove()
      throw interrupted('the file has changed since its copy began')
    }
    if (statusCode === 206 && have && isContinuation(headers, have)) return await receive(part, response, have, options)
    if (statusCode === 200) {
      const origin = originOf(headers)
      if (origin.total !== null && origin.total > options.maxBytes) return { outcome: 'too_large', bytes: origin.total }
      // Without a validator nobody can tell later whether the rest is of the same file.
      await part.begin(origin.validator === '' ? null : origin)
      return await receive(part, response, { origin, bytes: 0 }, options)
    }
    if ([400, 401, 403, 404, 410].includes(statusCode)) return { outcome: 'refused', status: statusCode }
    throw interrupted(`the server answered with status ${statusCode}`)
  } finally {
    leave(body)
  }
}

/** Reads no more of an answer. Without a listener, a body that is left early would end the process. */
function leave(body: Dispatcher.ResponseData['body']): void {
  body.on('error', () => {})
  body.destroy()
}

type Begun = { origin: Origin; bytes: number }

async function receive(
  part: PartialFile,
  { body }: Dispatcher.ResponseData,
  { origin, bytes: from }: Begun,
  { maxBytes, onProgress }: FetchOptions,
): Promise<FetchOutcome> {
  const hash = from === 0 ? createHash('sha256') : await part.hashOf(from)
  let copied = from
  let toldAt = 0
  async function* counted() {
    for await (const chunk of body) {
      copied += (chunk as Buffer).length
      if (copied > maxBytes) throw new TooLarge()
      const now = Date.now()
      if (now - toldAt >= progressEveryMs) {
        toldAt = now
        onProgress(copied, origin.total)
      }
      yield chunk as Buffer
    }
  }
  try {
    await part.append(from, hash, counted())
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error
    await part.remove()
    return { outcome: 'too_large', bytes: copied }
  }
  if (origin.total !== null && copied !== origin.total) {
    throw interrupted(`${copied} of ${origin.total} bytes came`)
  }
  return fetched(part, origin, copied, hash)
}

class TooLarge extends Error {}

function fetched(
  { path }: PartialFile,
  { contentType }: Origin,
  bytes: number,
  hash: ReturnType<typeof createHash>,
): { outcome: 'fetched'; file: FetchedFile } {
  return { outcome: 'fetched', file: { path, bytes, sha256: hash.digest('hex'), contentType } }
}

type Headers = Dispatcher.ResponseData['headers']

function originOf(headers: Headers): Origin {
  const etag = one(headers.etag)
  // A weak tag does not promise the same bytes (RFC 9110 §8.8.1).
  const validator = etag !== null && !etag.startsWith('W/') ? etag : ''
  const length = Number(one(headers['content-length']) ?? Number.NaN)
  return { validator, total: Number.isSafeInteger(length) ? length : null, contentType: one(headers['content-type']) }
}

function isContinuation(headers: Headers, { origin, bytes }: Begun): boolean {
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(one(headers['content-range']) ?? '')
  if (!range || Number(range[1]) !== bytes) return false
  return origin.total === null || range[2] === '*' || Number(range[2]) === origin.total
}

const one = (value: string | string[] | undefined): string | null => (Array.isArray(value) ? value[0] : value) ?? null

/** Follows redirects. The agent judges each address anew. */
async function get(
  agent: Dispatcher,
  link: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  let url = new URL(link)
  for (let hops = 0; hops <= redirectsAtMost; hops++) {
    if (!/^https?:$/.test(url.protocol)) throw new AddressNotAllowed('only files at http and https are fetched')
    // Compressed bytes would have other positions.
    const response = await request(url, {
      dispatcher: agent,
      signal,
      headers: { 'accept-encoding': 'identity', ...headers },
    })
    const location = one(response.headers.location)
    if (response.statusCode < 300 || response.statusCode > 399 || location === null) return response
    leave(response.body)
    if (!URL.canParse(location, url.href)) throw interrupted('the server redirects to something that is no address')
    url = new URL(location, url)
  }
  throw interrupted('the server redirects again and again')
}

function interrupted(what: string): RetryableError {
  return new RetryableError('DOWNLOAD_INTERRUPTED', { detail: `The file did not come whole: ${what}.` })
}

/** Without the link, which is as good as a key. */
function textOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  return code ?? message?.replace(/https?:\S+/g, 'the link') ?? 'unknown error'
}
