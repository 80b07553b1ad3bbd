/**
 * Copies that are killed, cut off, repeated and doubled, with real files on both sides. A long run (docs/scaling.md):
 * CUSTODY_RUNS=10000 npx vitest run --project unit packages/infra/src/downloads/kill-and-repeat.test.ts
 */
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { copyArtifact } from '@seer/core/recordings/custody/copy-artifact'
import { newArtifacts } from '@seer/core/recordings/custody/new-artifacts'
import { Killed, killedAt } from '@seer/core/testing/basics/killed-at'
import { runModel } from '@seer/core/testing/basics/model-runs'
import { fakeQueue } from '@seer/core/testing/jobs/fake-queue'
import { aMeeting } from '@seer/core/testing/meetings/builders'
import { memoryMeetingStore } from '@seer/core/testing/meetings/memory-meeting-store'
import { endedMeeting } from '@seer/core/testing/recordings/artifact-store-contract'
import { bytesOf } from '@seer/core/testing/recordings/file-to-store'
import { memoryArtifactStore } from '@seer/core/testing/recordings/memory-artifact-store'
import { fakeVendorBots } from '@seer/core/testing/vendor/fake-vendor-bots'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { openFolderStorage } from '../storage/folder/open-folder-storage.ts'
import { openDownloads } from './open-downloads.ts'

const sizeOfFile = 150_000

declare module 'vitest' {
  interface ProvidedContext {
    custodyRuns: number
  }
}

/** What happens to one job, or to two at once. */
type Attempt = {
  /** Dies at this call of its dependencies. */
  killAt: number | null
  when: 'before' | 'after'
  /** The connection breaks after so many bytes. */
  cutAfter: number | null
  /** Another job runs beside it, as when the first was taken for dead. */
  isDoubled: boolean
  /** The vendor makes the file anew. */
  isReplaced: boolean
}

const anAttempt: fc.Arbitrary<Attempt> = fc.record({
  killAt: fc.option(fc.integer({ min: 1, max: 14 })),
  when: fc.constantFrom('before', 'after'),
  cutAfter: fc.option(fc.integer({ min: 1, max: sizeOfFile })),
  isDoubled: fc.boolean(),
  isReplaced: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
})

let folder: string
let origin: string
let version = 0
let cutAfter: number | null = null
const server = createServer((request, response) => {
  const bytes = fileOf(version)
  const tag = `"v${version}"`
  const { range, 'if-range': ifRange } = request.headers
  const from = range && ifRange === tag ? Number(/\d+/.exec(range)?.[0]) : 0
  const part = bytes.subarray(from)
  const headers = { etag: tag, 'content-length': part.length, 'content-type': 'video/mp4' }
  const partly = { ...headers, 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }
  response.writeHead(from > 0 ? 206 : 200, from > 0 ? partly : headers)
  if (cutAfter === null || cutAfter >= part.length) return void response.end(part)
  response.write(part.subarray(0, cutAfter), () => response.destroy())
})

const files = new Map<number, Buffer>()
/** Every version has other bytes and another length. */
function fileOf(wanted: number): Buffer {
  const known = files.get(wanted)
  if (known) return known
  const length = sizeOfFile - (wanted % 1_000)
  const seed = createHash('sha256').update(String(wanted)).digest()
  const made = Buffer.alloc(length, seed)
  files.set(wanted, made)
  return made
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seer-kills-'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true, force: true })
})

async function aCopy() {
  let time = new Date('2026-03-11T12:35:00Z')
  const now = () => time
  const meetings = memoryMeetingStore(undefined, now)
  const artifacts = memoryArtifactStore()
  const storage = openFolderStorage(join(folder, 'recordings'))
  const downloads = openDownloads({
    folder: join(folder, 'downloads'),
    addresses: { anyAddress: true, privateHosts: [], httpsOnly: false },
  })
  const ended = endedMeeting(aMeeting({ joinKey: `meet:${randomUUID()}` }))
  const link = `${origin}/${randomUUID()}`
  const { artifacts: links } = ended
  const meeting = { ...ended, artifactsExpireAt: null, artifacts: links && { ...links, video: link } }
  await meetings.claim(
    meeting,
    { type: 'bot_requested', occurredAt: time, data: { joinAt: null }, cause: 'api' },
    'nobody',
  )
  const [video] = newArtifacts(meeting, { now: time, vendorKeepsMs: 1e12, newId: randomUUID })
  if (!video) throw new Error('There is no video.')
  await artifacts.add([video])
  const deps = {
    meetings,
    artifacts,
    storage,
    downloads,
    media: { read: async () => ({ durationSeconds: 1, isWhole: true }) },
    vendor: fakeVendorBots({ now }),
    queue: fakeQueue(),
    maxBytes: 1e9,
    now,
  }
  const context = { signal: new AbortController().signal, progress: () => {} }

  async function attempt(killAt: number | null, when: 'before' | 'after'): Promise<void> {
    const mortal = killAt === null ? deps : killedAt(deps, killAt, when)
    await copyArtifact(mortal, { artifactId: video?.id as string }, context).catch((error: unknown) => {
      // A file that was made anew under a job's hands may fail its proof; the next attempt takes the new one.
      if (!(error instanceof Killed)) throw error
    })
  }

  return {
    attempt,
    later: () => void (time = new Date(time.getTime() + 3 * 3_600_000)),
    artifact: async () => await artifacts.find(video.id),
    storage,
    close: () => downloads.close(),
  }
}

/** A stored artifact is what some version of the file was, whole. */
async function expectSound(copy: Awaited<ReturnType<typeof aCopy>>, oldest: number): Promise<void> {
  const artifact = await copy.artifact()
  const bytesAt = async (key: string) =>
    (await copy.storage.head(key)) ? await bytesOf(await copy.storage.read(key)) : null
  const sha256Of = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
  const versions = Array.from({ length: version - oldest + 1 }, (_, i) => sha256Of(fileOf(oldest + i)))
  for (const key of artifact?.writtenKeys ?? []) {
    const bytes = await bytesAt(key)
    if (bytes) expect(versions).toContain(sha256Of(bytes))
  }
  if (artifact?.state !== 'stored') return
  const bytes = await bytesAt(artifact.storageKey as string)
  expect(bytes && [bytes.length, sha256Of(bytes)]).toEqual([artifact.bytes, artifact.sha256])
}

test('a copy is stored whole in the end, whatever is killed, cut off, repeated, doubled or replaced', {
  timeout: 20 * 60_000,
}, async () => {
  const property = fc.asyncProperty(fc.array(anAttempt, { maxLength: 5 }), async (attempts) => {
    const copy = await aCopy()
    const oldest = version
    try {
      let stored: string | null = null
      for (const { killAt, when, isDoubled, isReplaced, ...one } of attempts) {
        cutAfter = one.cutAfter
        if (isReplaced) version += 1
        const second = isDoubled ? copy.attempt(null, 'before') : null
        await Promise.all([copy.attempt(killAt, when), second])
        await expectSound(copy, oldest)
        const artifact = await copy.artifact()
        expect(stored ?? artifact?.sha256).toBe(artifact?.sha256)
        stored = artifact?.sha256 ?? null
        copy.later()
      }
      cutAfter = null
      await copy.attempt(null, 'before')
      await expectSound(copy, oldest)
      expect(await copy.artifact()).toMatchObject({ state: 'stored' })
    } finally {
      await copy.close()
    }
  })
  await runModel(property, { runs: inject('custodyRuns'), withinMs: 18 * 60_000 })
})
