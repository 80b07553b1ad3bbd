import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Bucket } from './bucket.ts'

/** The buckets of the S3 endpoint. They are there from the start. */
export class Buckets {
  readonly #names: readonly string[]
  readonly #lasting: string | undefined
  #temporary: string | undefined
  readonly #opened = new Map<string, Bucket>()

  /** @param folder keeps the objects over a restart; without it they lie in a temporary folder that `close` removes */
  constructor(names: readonly string[], folder?: string) {
    this.#names = names
    this.#lasting = folder
  }

  has(name: string): boolean {
    return this.#names.includes(name)
  }

  /** A sandbox whose S3 nobody uses makes no folder. */
  get(name: string): Bucket | undefined {
    if (!this.has(name)) return undefined
    const bucket = this.#opened.get(name) ?? new Bucket(join(this.#folder(), name))
    this.#opened.set(name, bucket)
    return bucket
  }

  clear(): void {
    for (const name of this.#lasting === undefined ? this.#opened.keys() : this.#names) this.get(name)?.clear()
  }

  close(): void {
    if (this.#temporary !== undefined) rmSync(this.#temporary, { recursive: true, force: true })
  }

  #folder(): string {
    if (this.#lasting !== undefined) return this.#lasting
    this.#temporary ??= mkdtempSync(join(tmpdir(), 'sandbox-s3-'))
    return this.#temporary
  }
}
