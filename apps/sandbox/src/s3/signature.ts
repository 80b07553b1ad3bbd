/**
 * AWS Signature Version 4, in headers and in queries, as S3 verifies it
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html).
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { invalidRequest, notImplemented, S3Error } from './s3-error.ts'

export type Credentials = { accessKeyId: string; secretAccessKey: string }

export type SignedRequest = {
  method: string
  /** As it came, with its query. */
  url: string
  headers: IncomingHttpHeaders
  /** Real ms since 1970. */
  now: number
}

export const region = 'us-east-1'
const algorithm = 'AWS4-HMAC-SHA256'
const longestSkewMs = 15 * 60_000
const longestLifeSeconds = 7 * 24 * 3600

type Claim = {
  credential: string
  signedHeaders: string[]
  signature: string
  /** `20260311T150412Z` */
  date: string
  /** Of a presigned URL. */
  expiresInSeconds: number | null
  payloadHash: string
}

/**
 * @returns the SHA-256 that the body must have, in hexadecimal; null when the signature does not cover the body
 * @throws S3Error when the signature is not right
 */
export function verifySignature(request: SignedRequest, credentials: Credentials): string | null {
  const [path = '', search = ''] = request.url.split('?', 2)
  const query = new URLSearchParams(search.replaceAll('+', '%2B'))
  const claim = query.has('X-Amz-Signature') ? claimOfQuery(query) : claimOfHeaders(request.headers)
  verifyTime(claim, request.now)
  verifyScope(claim, credentials)
  verifyCoverage(claim, request.headers)
  const wanted = signatureOf(claim, { ...request, path, query }, credentials.secretAccessKey)
  const [given, right] = [Buffer.from(claim.signature), Buffer.from(wanted)]
  if (given.length !== right.length || !timingSafeEqual(given, right)) throw new S3Error(403, 'SignatureDoesNotMatch')
  return claim.payloadHash === 'UNSIGNED-PAYLOAD' ? null : claim.payloadHash
}

function claimOfHeaders(headers: IncomingHttpHeaders): Claim {
  const { authorization } = headers
  if (authorization === undefined) throw new S3Error(403, 'AccessDenied')
  const part = (name: string) => new RegExp(`[ ,]${name}=([^, ]+)`).exec(authorization)?.[1] ?? ''
  if (!authorization.startsWith(`${algorithm} `)) throw invalidRequest('The authorization mechanism is not supported.')
  const payloadHash = String(headers['x-amz-content-sha256'] ?? '')
  if (payloadHash.startsWith('STREAMING-')) throw notImplemented('bodies in signed chunks (aws-chunked)')
  if (payloadHash !== 'UNSIGNED-PAYLOAD' && !/^[\da-f]{64}$/.test(payloadHash)) {
    throw invalidRequest('x-amz-content-sha256 must be UNSIGNED-PAYLOAD, or a valid sha256 value.')
  }
  return {
    credential: part('Credential'),
    signedHeaders: part('SignedHeaders').split(';'),
    signature: part('Signature'),
    date: String(headers['x-amz-date'] ?? ''),
    expiresInSeconds: null,
    payloadHash,
  }
}

function claimOfQuery(query: URLSearchParams): Claim {
  const value = (name: string) => query.get(`X-Amz-${name}`) ?? ''
  const expires = Number(value('Expires'))
  if (value('Algorithm') !== algorithm || !(expires >= 1 && expires <= longestLifeSeconds)) {
    throw new S3Error(400, 'AuthorizationQueryParametersError', 'X-Amz-Algorithm or X-Amz-Expires is not right.')
  }
  return {
    credential: value('Credential'),
    signedHeaders: value('SignedHeaders').split(';'),
    signature: value('Signature'),
    date: value('Date'),
    expiresInSeconds: expires,
    payloadHash: 'UNSIGNED-PAYLOAD',
  }
}

function verifyTime({ date, expiresInSeconds }: Claim, now: number): void {
  const time = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  if (Number.isNaN(time)) throw new S3Error(403, 'AccessDenied', 'The request has no valid date.')
  if (expiresInSeconds !== null && now >= time + expiresInSeconds * 1000) {
    throw new S3Error(403, 'AccessDenied', 'Request has expired')
  }
  const isSkewed = expiresInSeconds === null ? Math.abs(now - time) > longestSkewMs : time - now > longestSkewMs
  if (isSkewed) throw new S3Error(403, 'RequestTimeTooSkewed')
}

function verifyScope({ credential, date }: Claim, { accessKeyId }: Credentials): void {
  const [id, ...scope] = credential.split('/')
  if (id !== accessKeyId) throw new S3Error(403, 'InvalidAccessKeyId')
  if (scope.join('/') !== `${date.slice(0, 8)}/${region}/s3/aws4_request`) {
    const message = `The credential scope is malformed; the region is '${region}'.`
    throw new S3Error(400, 'AuthorizationHeaderMalformed', message)
  }
}

/** What is not signed could be changed on the way. */
function verifyCoverage({ signedHeaders }: Claim, headers: IncomingHttpHeaders): void {
  const needed = Object.keys(headers).filter((name) => name === 'host' || name.startsWith('x-amz-'))
  const missing = needed.filter((name) => !signedHeaders.includes(name))
  if (missing.length === 0) return
  throw new S3Error(403, 'AccessDenied', `There were headers present which were not signed: ${missing.join(', ')}`)
}

type Parts = SignedRequest & { path: string; query: URLSearchParams }

function signatureOf(claim: Claim, { method, path, query, headers }: Parts, secret: string): string {
  const canonical = [
    method,
    path.split('/').map(reencoded).join('/'),
    canonicalQuery(query),
    ...claim.signedHeaders.map(
      (name) =>
        `${name}:${String(headers[name] ?? '')
          .trim()
          .replace(/ +/g, ' ')}`,
    ),
    '',
    claim.signedHeaders.join(';'),
    claim.payloadHash,
  ].join('\n')
  const [, day = '', ...rest] = claim.credential.split('/')
  const scope = [day, ...rest].join('/')
  const text = [algorithm, claim.date, scope, createHash('sha256').update(canonical).digest('hex')].join('\n')
  const key = [day, ...rest].reduce<string | Buffer>((previous, part) => hmac(previous, part), `AWS4${secret}`)
  return hmac(key, text).toString('hex')
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join('&')
}

function reencoded(part: string): string {
  try {
    return encoded(decodeURIComponent(part))
  } catch {
    throw invalidRequest('The path is not encoded correctly.')
  }
}

/** RFC 3986: everything but letters, digits and `-._~`. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  })
}
