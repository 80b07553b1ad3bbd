/**
 * Where recordings are kept: a folder, or a bucket of an S3-compatible service. Objects have keys and never change.
 *
 * What a storage throws: RetryableError with STORAGE_UNAVAILABLE, STORAGE_DENIED, STORAGE_FULL or
 * STORAGE_CHECKSUM_MISMATCH, and PermanentError with STORAGE_OBJECT_MISSING or RANGE_NOT_SATISFIABLE. An operator can
 * mend a storage that denies or is full, so those are worth another try, too.
 */

/** A file of this machine that is complete. */
export type FileToStore = {
  path: string
  bytes: number
  /** In lower-case hexadecimal. */
  sha256: string
  contentType: string
}

export type StoredObject = {
  bytes: number
  /** In lower-case hexadecimal. Null only for objects that Seer did not store. */
  sha256: string | null
  contentType: string | null
}

/** First and last byte, both included, counted from 0. A `last` beyond the end means the end. */
export type ByteRange = { first: number; last: number }

export type SignOptions = {
  expiresInSeconds: number
  /** The name under which a browser saves the file. Any Unicode text. */
  fileName: string
  contentType: string
  /** Whether a browser saves the file instead of showing it. */
  asDownload: boolean
}

export interface Storage {
  /**
   * Stores a file under a new key. It never overwrites, and never leaves half an object. The store itself proves size and
   * SHA-256. The folder keeps the file itself if it can, by a hard link, so nobody may write to the file afterwards;
   * removing it is fine.
   * @returns `exists` when there was an object with this key before. Look at it with `head`: it may come from an earlier
   *   try whose answer was lost, and it may be another file.
   * @throws RetryableError STORAGE_CHECKSUM_MISMATCH when the file is gone, or its bytes are not what `file` says. Make
   *   the file again.
   * @throws the reason of `signal` when that aborts. There is then no object, or a whole one if the abort came too late.
   *   What was sent already may wait for the next `put`, which continues, or for `delete`, which drops it.
   */
  put(key: string, file: FileToStore, signal?: AbortSignal): Promise<'stored' | 'exists'>

  /** @throws RetryableError STORAGE_UNAVAILABLE, as every method, also for a folder whose disk is not mounted */
  head(key: string): Promise<StoredObject | null>

  /**
   * The bytes of an object, or a range of them. Stop reading at any time by leaving the loop. The stream of a whole object
   * ends with STORAGE_CHECKSUM_MISMATCH when its bytes have been damaged.
   * @throws PermanentError STORAGE_OBJECT_MISSING, or RANGE_NOT_SATISFIABLE when the range begins behind the last byte,
   *   before the first chunk
   */
  read(key: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array>>

  /** Whether there was such an object. It also drops what unfinished calls of `put` have left under this key. */
  delete(key: string): Promise<boolean>

  /** A link to the bytes that anybody can use until it expires; null where the store cannot make one (a folder). */
  sign(key: string, options: SignOptions): Promise<string | null>

  /**
   * Proves that the store can be reached and written.
   * @throws RetryableError STORAGE_UNAVAILABLE, STORAGE_DENIED or STORAGE_FULL, with a sentence for the operator
   */
  check(): Promise<void>

  close(): Promise<void>
}

/** At most this many bytes of UTF-8 in a key. S3 allows 1024, of which a prefix needs some. */
const longestKey = 512
/** At most this many bytes in one part of a key. It becomes the name of a folder, in which some bytes need three. */
const longestPart = 80

/**
 * Keys are parts separated by `/`, such as `bots/1f0c…/video.mp4`.
 * @throws Error when the text is no key, which is a fault of the caller: keys are made by Seer
 */
export function assertStorageKey(key: string): void {
  const bytesOf = (text: string) => new TextEncoder().encode(text).length
  const isPart = (part: string) => part !== '' && part !== '.' && part !== '..' && bytesOf(part) <= longestPart
  const isKey = bytesOf(key) <= longestKey && !/[\p{Cc}\p{Cs}\\]/u.test(key) && key.split('/').every(isPart)
  if (!isKey) throw new Error(`Not a key for the storage: ${JSON.stringify(key.slice(0, 200))}`)
}
