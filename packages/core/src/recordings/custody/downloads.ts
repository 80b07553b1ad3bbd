/** A file that was fetched to this machine, whole. */
export type FetchedFile = {
  path: string
  bytes: number
  /** Hex, taken while it was copied. */
  sha256: string
  /** As the sender called it; null when it did not say. */
  contentType: string | null
}

export type FetchOutcome =
  | { outcome: 'fetched'; file: FetchedFile }
  /** The link does not work: it has expired, or there is no such file. `status` is the HTTP status. */
  | { outcome: 'refused'; status: number }
  /** The link leads to a private address, or is no http(s) link. */
  | { outcome: 'not_allowed' }
  | { outcome: 'too_large'; bytes: number }

export type FetchOptions = {
  /** Larger files are not fetched. */
  maxBytes: number
  /** Called at most a few times a second. `total` is null when the sender does not say. */
  onProgress: (copied: number, total: number | null) => void
  /** Ends the fetch. What has been copied stays for the next attempt. */
  signal: AbortSignal
}

/** Fetches files by link to this machine. What an attempt has copied stays, and the next attempt goes on from there. */
export interface Downloads {
  /**
   * @param name names the file on this machine; two fetches with one name are about one file
   * @throws RetryableError DOWNLOAD_INTERRUPTED when the connection broke or the file came cut off; STORAGE_DENIED,
   *   STORAGE_FULL or STORAGE_UNAVAILABLE when this machine cannot keep the file
   */
  fetch(name: string, link: string, options: FetchOptions): Promise<FetchOutcome>
  /** Removes what is here of a file. @throws RetryableError STORAGE_… as `fetch` */
  discard(name: string): Promise<void>
  /** The files to which nothing was written since then. `artifactId` is null for those that are no artifact. */
  untouchedSince(time: Date): Promise<{ name: string; artifactId: string | null }[]>
}

/** What a media file says of itself. */
export type MediaFacts = {
  /** Null: its header cannot be read. */
  durationSeconds: number | null
  /** False: it ends before what its header says is over. */
  isWhole: boolean
}

/** Looks at audio and video files. */
export interface MediaReader {
  /** Never throws because of what is in the file. */
  read(path: string): Promise<MediaFacts>
}
