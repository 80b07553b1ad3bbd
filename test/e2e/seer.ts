/**
 * A whole Seer for one test file: the built API and worker as processes of their own, a database and a queue that
 * nobody else uses, and the vendor. See stores.ts for how a test makes time pass.
 */
import { type QueueBackend } from '@seer/infra/testing/services'
import { expect, inject } from 'vitest'
import type { SandboxOptions } from '../../apps/sandbox/src/sandbox.ts'
import { freePort } from '../../scripts/local/ports.ts'
import { type Client, openClient, scenarioOf } from './client.ts'
import { type Command, type Program, startCommand, startProgram } from './program.ts'
import { openStores, type StoreOptions, type Stores } from './stores.ts'
import { openVendor, signingSecret, type Vendor, type VendorBot, vendorKey } from './vendor.ts'

export type SeerOptions = StoreOptions & {
  vendor?: SandboxOptions
  /** Adds to the environment that all tests use, or replaces parts of it. */
  env?: Record<string, string>
  /** Default 1. */
  workers?: number
}

export type Seer = Omit<Stores, 'env' | 'makeKey'> &
  Client & {
    vendor: Vendor
    apiUrl: string
    api(): Program
    /** Oldest first. */
    workers: Program[]
    /** Of all workers that were started. */
    workerUrls: string[]
    /** A client with the key of another user. */
    newUser(name: string): Promise<Client>
    /** Moves the vendor's clock from step to step until no bot has a next step. Each is processed before the next. */
    playOut(): Promise<void>
    startApi(): Promise<void>
    startWorker(): Promise<void>
    /** A command of the operator CLI. */
    cli(...args: string[]): Command
    /** Stops everything. Fails when a program does not stop in order. */
    close(): Promise<void>
  }

/** For suites that work the same on each queue backend: Redis, as in production, if there is one. */
export const usualBackend = (): QueueBackend => (inject('services').redisUrl === null ? 'postgres' : 'redis')

export async function openSeer(options: SeerOptions): Promise<Seer> {
  const { env: storeEnv, makeKey, ...stores } = await openStores(options)
  const port = await freePort()
  const apiUrl = `http://127.0.0.1:${port}`
  const vendor = await openVendor(`${apiUrl}/api/meetingbaas/webhooks`, options.vendor)
  const env = { ...storeEnv, ...environment(apiUrl, vendor), ...options.env }
  const programs = keepPrograms(env, port)
  const client = openClient(apiUrl, await makeKey())
  const seer: Seer = {
    ...stores,
    ...programs,
    ...client,
    async order(body) {
      await setScenario(vendor, 'meetingUrl' in body ? body.meetingUrl : undefined)
      return await client.order(body)
    },
    async reaches(id, state) {
      await stores.allReach([id], state)
      return await client.reaches(id, state)
    },
    vendor,
    apiUrl,
    newUser: async (name) => openClient(apiUrl, await makeKey(name)),
    async playOut() {
      for (;;) {
        const steps = (await vendor.bots()).flatMap((each) => nextStep(each, vendor.now()))
        if (steps.length === 0) return
        await vendor.jumpTo(Math.min(...steps))
        await stores.settled()
      }
    },
    async close() {
      try {
        await programs.stopAll()
      } finally {
        await vendor.close()
        await stores.close()
      }
    },
  }
  const workers = Array.from({ length: options.workers ?? 1 }, () => seer.startWorker())
  await allStarted([seer.startApi(), ...workers], seer)
  return seer
}

/** When a program does not start, the others are stopped, but only after they have started. */
async function allStarted(starts: Promise<void>[], seer: Pick<Seer, 'close'>): Promise<void> {
  const failures = (await Promise.allSettled(starts)).flatMap((start) =>
    start.status === 'rejected' ? start.reason : [],
  )
  if (failures.length === 0) return
  // The error of the start says more than an error of the stop.
  await seer.close().catch(() => {})
  throw failures[0]
}

/** The canonical link has no place for a scenario, so the vendor recognises the meeting by its id. */
async function setScenario(vendor: Vendor, link: unknown): Promise<void> {
  const scenario = scenarioOf(link)
  const meetingUrl = String(link).split('/').at(-1)
  if (scenario) await vendor.control('POST', '/scenarios', { meetingUrl, scenario })
}

function environment(apiUrl: string, vendor: Vendor): Record<string, string> {
  return {
    BASE_URL: apiUrl,
    HOST: '127.0.0.1',
    WORKER_HOST: '127.0.0.1',
    MEETINGBAAS_API_KEY: vendorKey,
    MEETINGBAAS_API_URL: vendor.url,
    MEETINGBAAS_WEBHOOK_SECRET: signingSecret,
    DEEPGRAM_API_URL: vendor.speech.deepgramUrl,
    DEEPGRAM_API_KEY: vendor.speech.key,
    TRANSCRIPTION_URL: vendor.speech.openaiUrl,
    TRANSCRIPTION_API_KEY: vendor.speech.key,
    MEETINGBAAS_WRITES_PER_SECOND: '1000',
    RATE_LIMIT_PER_MINUTE: '1000000',
  }
}

function keepPrograms(env: Record<string, string>, apiPort: number) {
  let api: Program
  const workers: Program[] = []
  const workerUrls: string[] = []
  return {
    api: () => api,
    workers,
    workerUrls,
    async startApi() {
      api = await startProgram('api', { ...env, PORT: String(apiPort) }, `http://127.0.0.1:${apiPort}/api/health/ready`)
    },
    async startWorker() {
      const port = await freePort()
      const url = `http://127.0.0.1:${port}`
      workers.push(await startProgram('worker', { ...env, WORKER_PORT: String(port) }, `${url}/live`))
      workerUrls.push(url)
    },
    cli: (...args: string[]) => startCommand(args, env),
    async stopAll() {
      const running = [...workers, api].filter((program) => program?.running)
      const exits = await Promise.all(running.map((program) => program.end('SIGTERM')))
      expect(exits).toEqual(running.map(() => ({ code: 0, signal: null })))
    },
  }
}

const minuteMs = 60_000

/** A booking becomes a bot on one of the next whole minutes; the vendor does not say on which. */
function nextStep({ next, status }: VendorBot, now: number): number[] {
  if (status === 'scheduled') return [(Math.floor(now / minuteMs) + 1) * minuteMs]
  return next ? [Date.parse(next.at)] : []
}
