/** The objects and unfinished uploads of a bucket. Their bytes lie in files of a folder, so large ones need no memory. */
import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Bytes that were received and proven. */
export type StoredFile = { name: string; bytes: number; sha256: string }

/** What an upload says of its object. */
export type About = { contentType: string; metadata: Record<string, string> }

export type S3Object = About & {
  key: string
  /** The object's bytes are those of the files, one after the other. */
  files: StoredFile[]
  bytes: number
  etag: string
  /** In base64; of an upload in parts the checksum of their checksums, with `-` and their number. */
  checksum: string
  /** Real ms since 1970. */
  modified: number
}

export type Upload = {
  id: string
  key: string
  about: About
  /** Whether each part must have a SHA-256. */
  withChecksums: boolean
  parts: Map<number, StoredFile & { modified: number }>
  started: number
}

export class Bucket {
  readonly #folder: string
  readonly objects = new Map<string, S3Object>()
  readonly uploads = new Map<string, Upload>()

  /** Finds the objects that the folder has. Unfinished uploads and their files are gone. */
  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(folder, { recursive: true })
    for (const name of readdirSync(folder).filter((each) => each.endsWith('.json'))) {
      const object = JSON.parse(readFileSync(join(folder, name), 'utf8')) as S3Object
      this.objects.set(object.key, object)
    }
    const used = new Set([...this.objects.values()].flatMap(({ files }) => files.map(({ name }) => name)))
    for (const name of readdirSync(folder)) if (!name.endsWith('.json') && !used.has(name)) this.#remove(name)
  }

  pathOf(name: string): string {
    return join(this.#folder, name)
  }

  /** @returns false when there is one and it must not be replaced; its files are then removed */
  add(object: S3Object, createOnly: boolean): boolean {
    const previous = this.objects.get(object.key)
    if (previous && createOnly) {
      this.removeFiles(object.files)
      return false
    }
    // A reader after a crash finds the old object or the new one.
    const file = this.pathOf(nameFor(object.key))
    writeFileSync(`${file}.part`, JSON.stringify(object))
    renameSync(`${file}.part`, file)
    this.objects.set(object.key, object)
    if (previous) this.removeFiles(previous.files)
    return true
  }

  delete(key: string): void {
    const object = this.objects.get(key)
    if (!object) return
    this.objects.delete(key)
    this.#remove(nameFor(key))
    this.removeFiles(object.files)
  }

  begin(key: string, about: About, withChecksums: boolean, now: number): Upload {
    const upload: Upload = { id: randomUUID(), key, about, withChecksums, parts: new Map(), started: now }
    this.uploads.set(upload.id, upload)
    return upload
  }

  abort(upload: Upload): void {
    this.uploads.delete(upload.id)
    this.removeFiles([...upload.parts.values()])
  }

  /** Readers that have opened a file can go on. */
  removeFiles(files: readonly StoredFile[]): void {
    for (const { name } of files) this.#remove(name)
  }

  clear(): void {
    for (const key of [...this.objects.keys()]) this.delete(key)
    for (const upload of [...this.uploads.values()]) this.abort(upload)
  }

  #remove(name: string): void {
    rmSync(this.pathOf(name), { force: true })
  }
}

/** S3's are not always an MD5 either, which would take as long as the SHA-256. */
export const etagOf = ({ sha256 }: StoredFile): string => sha256.slice(0, 32)

const nameFor = (key: string): string => `${createHash('sha256').update(key).digest('hex')}.json`
