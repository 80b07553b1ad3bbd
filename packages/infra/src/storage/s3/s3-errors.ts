/** What an S3 service says, in the words of the port. */
import type { ErrorCode } from '@seer/core/basics/error-codes'
import { PermanentError, RetryableError, SeerError } from '@seer/core/basics/errors'

/** The part of the SDK's errors that is used here. Errors of the network have no metadata. */
type Answer = { name?: string; code?: string; $metadata?: { httpStatusCode?: number } }

/** The service's own name of the error, such as `NoSuchKey`. For a HEAD without a body the SDK makes one of the status. */
export const nameOf = (error: unknown): string => (error as Answer | null)?.name ?? ''
export const statusOf = (error: unknown): number | undefined => (error as Answer | null)?.$metadata?.httpStatusCode

const full = ['XMinioStorageFull', 'XMinioAdminBucketQuotaExceeded', 'QuotaExceeded', 'InsufficientStorage']
const damaged = [
  'BadDigest',
  'XAmzContentSHA256Mismatch',
  'XAmzContentChecksumMismatch',
  'IncompleteBody',
  'InvalidDigest',
]
const noCredentials = ['CredentialsProviderError', 'TokenProviderError']
const otherBucket = ['NoSuchBucket', 'PermanentRedirect', 'AuthorizationHeaderMalformed', 'InvalidBucketName']
/** Refusals that pass by themselves, though their status says otherwise. */
const passing = ['ConditionalRequestConflict', 'OperationAborted', 'RequestTimeout', 'RequestTimeTooSkewed', 'SlowDown']

/** Whether the same request may succeed in a moment. */
export function isPassing(error: unknown): boolean {
  if (error instanceof SeerError) return false
  const [name, status] = [nameOf(error), statusOf(error)]
  if (passing.includes(name)) return true
  if (isFull(name, status) || noCredentials.includes(name)) return false
  // Without a status there was no answer: the connection broke or timed out.
  return status === undefined ? isOfNetwork(error) : status >= 500 || status === 429
}

const isFull = (name: string, status: number | undefined) => full.includes(name) || status === 507

const brokenConnection = /^(ECONN\w+|EPIPE|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EPROTO|ERR_TLS_\w+)$/

/** Errors of Node's sockets have a code. The SDK names what timed out. */
function isOfNetwork(error: unknown): boolean {
  return nameOf(error) === 'TimeoutError' || brokenConnection.test((error as Answer | null)?.code ?? '')
}

/** An error of the SDK as an error of the storage. A fault of Seer stays as it is. */
export function s3Error(error: unknown, bucket: string): unknown {
  if (error instanceof SeerError) return error
  const [name, status] = [nameOf(error), statusOf(error)]
  if (name === 'NoSuchKey') return new PermanentError('STORAGE_OBJECT_MISSING')
  if (status === 416) return new PermanentError('RANGE_NOT_SATISFIABLE')
  const [code, words] = meaningOf(error, name, status)
  if (!code) return error
  return new RetryableError(code, {
    detail: `The bucket ${bucket} of STORAGE_URL cannot be used: ${words}.`,
    ...(status ? { upstreamStatus: status } : {}),
    ...(name ? { upstreamCode: name } : {}),
    cause: status === undefined ? error : briefly(error),
  })
}

/** The SDK's error holds the whole request and answer, which do not belong into a log. */
function briefly(error: unknown): Error {
  const brief = new Error((error as Error).message)
  brief.name = nameOf(error)
  return brief
}

function meaningOf(error: unknown, name: string, status: number | undefined): [ErrorCode | null, string] {
  // The SDK's name for an answer without a body, as to HEAD.
  const answer = name === 'Unknown' ? `it answers with status ${status}` : `it answers ${name} (${status})`
  if (noCredentials.includes(name)) return ['STORAGE_DENIED', 'there are no credentials, such as AWS_ACCESS_KEY_ID']
  if (isFull(name, status)) return ['STORAGE_FULL', `${answer}, so it has no room`]
  if (damaged.includes(name))
    return ['STORAGE_CHECKSUM_MISMATCH', `${answer}, so the bytes that came are not those of the file`]
  if (otherBucket.includes(name)) return ['STORAGE_UNAVAILABLE', `${answer}; check its name, region and endpoint`]
  if (status === 401 || status === 403) return ['STORAGE_DENIED', `${answer}; check credentials and permissions`]
  if (status !== undefined) return ['STORAGE_UNAVAILABLE', answer]
  return isOfNetwork(error) ? ['STORAGE_UNAVAILABLE', 'the service cannot be reached, or does not answer'] : [null, '']
}
