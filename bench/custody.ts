import { execFile, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { newArtifacts } from '@seer/core/recordings/custody/new-artifacts'
import { aMeeting } from '@seer/core/testing/meetings/builders'
import { endedMeeting } from '@seer/core/testing/recordings/artifact-store-contract'
import { type Database, openDb } from '@seer/infra/db/open-db'
import { newId } from '@seer/infra/ids'
import { createLogger } from '@seer/infra/observe/logger'
import { openQueue } from '@seer/infra/queue/open-queue'
import { openFolderStorage } from '@seer/infra/storage/folder/open-folder-storage'
import { createProcessGroup, type ProcessGroup } from '../scripts/local/processes.ts'
import { type BenchEnvironment, builtApp, openEnvironment } from './environment.ts'
import { sandboxApiKey, startSandbox } from './sandbox.ts'

const large = 2 * 1024 ** 3
const waitAtMostMs = 300_000
const mebi = 1024 ** 2

type Bench = { environment: BenchEnvironment; db: Database; group: ProcessGroup; folder: string }

/**
 * Copies a file of 2 GB to a folder and to S3, beside curl in the same run; kills a worker halfway; and lets one and two
 * workers copy where the links are the limit.
 */
export async function benchCustody(): Promise<void> {
  const environment = await openEnvironment()
  const group = createProcessGroup()
  const db = openDb({ databaseUrl: environment.databaseUrl, poolSize: 4, writesPerSecond: 5, onError: () => {} })
  // On the disk, because the temporary folder may be in memory.
  const folder = await mkdtemp(join(process.cwd(), '.seer-bench-'))
  const bench = { environment, db, group, folder }
  try {
    console.log(environment.origins)
    const file = join(folder, 'large')
    const sha256 = await makeFile(file, large)
    const url = await startFileServer(bench, file, large)
    const small = join(folder, 'warm')
    await makeFile(small, mebi)
    const warmUrl = await startFileServer(bench, small, mebi)
    const curl = [await timeCurl(url, join(folder, 'curl'))]
    const toFolder = await timeCopy(bench, { url, warmUrl, sha256 }, folderStorage(folder))
    curl.push(await timeCurl(url, join(folder, 'curl')))
    const toS3 = await timeCopy(bench, { url, warmUrl, sha256 }, await s3Storage(bench))
    curl.push(await timeCurl(url, join(folder, 'curl')))
    const reference = curl.toSorted((a, b) => a - b)[1] as number
    console.log(
      `curl to a file:       ${rate(large, reference)} (median of ${curl.map((s) => s.toFixed(1)).join(', ')} s)`,
    )
    report('copy to a folder:    ', toFolder, reference)
    report('copy to S3:          ', toS3, reference)
    await killHalfway(bench, file, sha256)
    await compareWorkers(bench)
  } finally {
    await db.close()
    await group.stop()
    await environment.close()
    await rm(folder, { recursive: true, force: true })
  }
}

type Copy = { seconds: number; extraMebibytes: number }

const rate = (bytes: number, seconds: number) => `${Math.round(bytes / seconds / 1e6)} MB/s`

function report(name: string, { seconds, extraMebibytes }: Copy, reference: number): void {
  const share = (reference / seconds).toFixed(2)
  console.log(
    `${name} ${rate(large, seconds)}, ${share} of curl (goal 0.8), ${extraMebibytes} MiB extra (goal below 50)`,
  )
}

async function makeFile(path: string, bytes: number): Promise<string> {
  const hash = createHash('sha256')
  const file = await open(path, 'w')
  const block = randomBytes(mebi)
  for (let written = 0; written < bytes; written += block.length) {
    block.writeDoubleLE(written, 0)
    hash.update(block)
    await file.write(block)
  }
  await file.close()
  return hash.digest('hex')
}

async function startFileServer({ group }: Bench, path: string, bytes: number, latencyMs = 0, perSecond = 0) {
  const args = ['--import', 'tsx', 'bench/file-server.ts', path, String(bytes), String(latencyMs), String(perSecond)]
  const line = await group.start('files', args, { env: process.env, readyLine: /listening on/ })
  return `${/http\S+/.exec(line)?.[0]}`
}

async function timeCurl(url: string, to: string): Promise<number> {
  const startedAt = performance.now()
  await promisify(execFile)('curl', ['-s', '-o', to, `${url}/file`])
  await rm(to)
  return (performance.now() - startedAt) / 1_000
}

const folderStorage = (folder: string) => ({ STORAGE_URL: pathToFileURL(join(folder, 'recordings')).href })

async function s3Storage({ group, folder }: Bench): Promise<NodeJS.ProcessEnv> {
  const { url } = await startSandbox(group, ['--s3-folder', join(folder, 's3')])
  return {
    STORAGE_URL: 's3://recordings/bench',
    STORAGE_S3_ENDPOINT: `${url}/s3`,
    STORAGE_S3_PATH_STYLE: 'true',
    AWS_ACCESS_KEY_ID: 'sandbox-access-key',
    AWS_SECRET_ACCESS_KEY: 'not-a-secret-sandbox-s3',
    DOWNLOAD_FOLDER: join(folder, 'downloads'),
  }
}

/** Ended runs whose videos are behind the link. @returns the ids of the artifacts */
async function addVideos({ db, environment }: Bench, link: string, count: number): Promise<string[]> {
  const ids: string[] = []
  for (let i = 0; i < count; i++) {
    const id = newId()
    const ended = endedMeeting(aMeeting({ id, userId: environment.userId, joinKey: `meet:${id}` }))
    const nothing = { audio: null, diarization: null, transcription: null, rawTranscription: null, chat: null }
    const now = new Date()
    const meeting = {
      ...ended,
      artifacts: { ...nothing, video: `${link}/file` },
      artifactsExpireAt: null,
      finalAt: now,
      collected: true,
    }
    const entry = { type: 'bot_requested' as const, occurredAt: now, data: { joinAt: null }, cause: 'api' as const }
    await db.meetings.claim(meeting, entry, 'nobody')
    const made = newArtifacts(meeting, { now, vendorKeepsMs: 1e9, newId })
    await db.artifacts.add(made)
    ids.push(made[0]?.id as string)
  }
  return ids
}

type StartedWorker = { pid: number; kill(): Promise<void> }

async function startWorker({ environment }: Bench, storage: NodeJS.ProcessEnv): Promise<StartedWorker> {
  const env = {
    ...process.env,
    DATABASE_URL: environment.databaseUrl,
    REDIS_URL: environment.redisUrl ?? '',
    REDIS_PREFIX: environment.redisPrefix,
    MEETINGBAAS_API_KEY: sandboxApiKey,
    MEETINGBAAS_API_URL: 'http://127.0.0.1:9',
    WORKER_HOST: '127.0.0.1',
    WORKER_PORT: '0',
    LOG_LEVEL: 'info',
    ...storage,
  }
  const child = spawn(process.execPath, [builtApp('worker'), '--queues', 'recordings'], { env })
  child.stderr.pipe(process.stderr)
  const lines = createInterface({ input: child.stdout })
  await new Promise<void>((resolve) => lines.on('line', (line) => line.includes('worker.started') && resolve()))
  return {
    pid: child.pid as number,
    async kill() {
      child.kill('SIGKILL')
      await once(child, 'close')
    },
  }
}

/** The most that a process has had in memory so far, from the kernel. */
async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024)
}

async function enqueue({ environment }: Bench, artifactIds: string[]): Promise<void> {
  const log = createLogger({ level: 'warn', name: 'bench' })
  const { databaseUrl, redisPrefix: prefix } = environment
  const queue = openQueue({ redisUrl: environment.redisUrl ?? undefined, prefix, databaseUrl, log })
  await queue.enqueueMany(
    'copy-artifact',
    artifactIds.map((artifactId) => ({ artifactId })),
  )
  await queue.close()
}

async function untilStored({ db }: Bench, artifactIds: string[]): Promise<void> {
  const until = performance.now() + waitAtMostMs
  for (;;) {
    const found = await Promise.all(artifactIds.map((id) => db.artifacts.find(id)))
    const failed = found.find((artifact) => artifact?.state === 'failed')
    if (failed) throw new Error(`A copy failed: ${failed.lastProblem}`)
    if (found.every((artifact) => artifact?.state === 'stored')) return
    if (performance.now() > until) throw new Error('The copies took longer than five minutes.')
    await delay(50)
  }
}

type Source = { url: string; sha256: string; warmUrl: string }

/** A small file is copied first: with it the worker loads what it needs for any copy, such as the SDK of S3. */
async function timeCopy(bench: Bench, { url, warmUrl, sha256 }: Source, storage: NodeJS.ProcessEnv): Promise<Copy> {
  const worker = await startWorker(bench, storage)
  try {
    const warm = await addVideos(bench, warmUrl, 1)
    await enqueue(bench, warm)
    await untilStored(bench, warm)
    const residentMebibytes = await memoryOf(worker.pid)
    const ids = await addVideos(bench, url, 1)
    const startedAt = performance.now()
    await enqueue(bench, ids)
    await untilStored(bench, ids)
    const seconds = (performance.now() - startedAt) / 1_000
    const artifact = await bench.db.artifacts.find(ids[0] as string)
    if (artifact?.sha256 !== sha256) throw new Error('The copy is not what was sent.')
    return { seconds, extraMebibytes: (await memoryOf(worker.pid)) - residentMebibytes }
  } finally {
    await worker.kill()
    await rm(join(bench.folder, 'recordings'), { recursive: true, force: true })
  }
}

/** A worker dies when half of the file is here. The next one goes on; the server says how much it has sent. */
async function killHalfway(bench: Bench, file: string, sha256: string): Promise<void> {
  const url = await startFileServer(bench, file, large, 0, 400e6)
  const ids = await addVideos(bench, url, 1)
  const storage = folderStorage(bench.folder)
  const first = await startWorker(bench, storage)
  await enqueue(bench, ids)
  while (Number(await (await fetch(`${url}/sent`)).text()) < large / 2) await delay(50)
  await first.kill()
  // The lease of the dead worker, and the queue's own lock on its job, run out.
  await bench.db.pool.query('UPDATE artifacts SET lease_until = now(), due_at = now() WHERE id = ANY ($1)', [ids])
  const second = await startWorker(bench, storage)
  try {
    await untilStored(bench, ids)
    const sent = Number(await (await fetch(`${url}/sent`)).text())
    const artifact = await bench.db.artifacts.find(ids[0] as string)
    const stored = await sha256Of(join(bench.folder, 'recordings'), artifact?.storageKey as string)
    const isRight = artifact?.sha256 === sha256 && stored === sha256
    const share = ((sent / large - 1) * 100).toFixed(1)
    console.log(`killed halfway:       ${isRight ? 'whole' : 'DAMAGED'}, ${share} % of the bytes were sent twice`)
  } finally {
    await second.kill()
    await rm(join(bench.folder, 'recordings'), { recursive: true, force: true })
  }
}

async function sha256Of(root: string, key: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of await openFolderStorage(root).read(key)) hash.update(chunk)
  return hash.digest('hex')
}

const small = 60 * mebi
const videos = 24

/** Links with 50 ms latency and 20 MB/s each: how much do two workers copy compared with one? */
async function compareWorkers(bench: Bench): Promise<void> {
  const file = join(bench.folder, 'small')
  await makeFile(file, small)
  const url = await startFileServer(bench, file, small, 50, 20e6)
  const seconds: number[] = []
  for (const count of [1, 2]) {
    const ids = await addVideos(bench, url, videos)
    const workers = await Promise.all(
      Array.from({ length: count }, () => startWorker(bench, folderStorage(bench.folder))),
    )
    const startedAt = performance.now()
    await enqueue(bench, ids)
    await untilStored(bench, ids)
    seconds.push((performance.now() - startedAt) / 1_000)
    await Promise.all(workers.map((worker) => worker.kill()))
    await rm(join(bench.folder, 'recordings'), { recursive: true, force: true })
  }
  const [one = 1, two = 1] = seconds
  const total = small * videos
  console.log(`one worker:           ${rate(total, one)} from ${videos} links of 20 MB/s`)
  console.log(`two workers:          ${rate(total, two)}, ${(one / two).toFixed(2)} times as much (goal 1.7)`)
}
