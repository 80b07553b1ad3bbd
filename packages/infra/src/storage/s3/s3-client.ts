/** The SDK, as the storage uses it. It is loaded with the first call: it is large, and a folder does not need it. */
import { setTimeout } from 'node:timers/promises'
import type { S3Client } from '@aws-sdk/client-s3'
import { isPassing, s3Error } from './s3-errors.ts'

export type S3Options = {
  bucket: string
  /** The first part of all keys, without slashes at its ends; empty for none. */
  prefix: string
  region: string
  /** Null means AWS itself. */
  endpoint: string | null
  /** For signed links, whose signature covers the host. By default `endpoint`. */
  publicEndpoint?: string | null
  pathStyle: boolean
  /** By default those that the SDK finds in the environment, in its files, or at the machine's own service. */
  credentials?: { accessKeyId: string; secretAccessKey: string }
  /** Files up to this size are sent in one request. S3 allows 5 GB. */
  onePutBytes?: number
  /** The least size of a part of larger files. S3 wants at least 5 MB. */
  partBytes?: number
  /** A connection on which nothing moves for this long is given up. */
  idleTimeoutMs?: number
  /** The pause before the second try. The third waits twice as long, and so on. */
  retryPauseMs?: number
}

export type Sdk = typeof import('@aws-sdk/client-s3')
export type Connection = { sdk: Sdk; client: S3Client }

export type S3 = Required<Omit<S3Options, 'credentials'>> & {
  /** Key in the bucket. */
  keyOf(key: string): string
  /** Opens the connection with the first call. */
  connect(): Promise<Connection>
  /** Tries again what may pass, up to `tries` times. @throws what the port says, or the reason of `signal` */
  trying<T>(work: (connection: Connection) => Promise<T>, signal?: AbortSignal): Promise<T>
  close(): Promise<void>
}

/** How often a request is made at most. */
export const tries = 4

export function s3Of({ credentials, ...options }: S3Options): S3 {
  const filled = {
    publicEndpoint: null,
    onePutBytes: 5_000_000_000,
    partBytes: 64 * 1024 * 1024,
    idleTimeoutMs: 60_000,
    retryPauseMs: 250,
    ...options,
  }
  let connection: Promise<Connection> | undefined
  const connect = () => (connection ??= openConnection(filled, credentials))
  return {
    ...filled,
    keyOf: (key) => (options.prefix === '' ? key : `${options.prefix}/${key}`),
    connect,
    async trying(work, signal) {
      for (let tried = 1; ; tried += 1) {
        signal?.throwIfAborted()
        try {
          return await work(await connect())
        } catch (error) {
          signal?.throwIfAborted()
          if (tried >= tries || !isPassing(error)) throw s3Error(error, options.bucket)
        }
        await pause(filled.retryPauseMs * 2 ** (tried - 1), signal)
      }
    },
    async close() {
      if (connection) (await connection).client.destroy()
    },
  }
}

/** Waits between half of the time and the time, so that processes that failed together do not come back together. */
async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await setTimeout(ms * (0.5 + Math.random() / 2), undefined, signal ? { signal } : {}).catch(() => {})
}

const ignore = () => {}
const silent = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore }

async function openConnection(
  { region, endpoint, pathStyle, idleTimeoutMs }: Required<Omit<S3Options, 'credentials'>>,
  credentials: S3Options['credentials'],
): Promise<Connection> {
  const sdk = await import('@aws-sdk/client-s3')
  const client = new sdk.S3Client({
    region,
    forcePathStyle: pathStyle,
    // The SDK's own CRC32 breaks other services than AWS; the storage sends a SHA-256 itself.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // `trying` also repeats streams, and knows more errors.
    maxAttempts: 1,
    // It warns of errors that the storage handles.
    logger: silent,
    requestHandler: { connectionTimeout: 5_000, socketTimeout: idleTimeoutMs },
    ...(endpoint ? { endpoint } : {}),
    ...(credentials ? { credentials } : {}),
  })
  return { sdk, client }
}
