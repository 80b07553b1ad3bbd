/** The API on a real database of its own. Queue and time are in the test's hands. */

import { createHmac } from 'node:crypto'
import { Writable } from 'node:stream'
import { RetryableError } from '@seer/core/basics/errors'
import { jobCatalog } from '@seer/core/jobs/catalog'
import { createApiKey } from '@seer/core/people/api-keys'
import type { Scope } from '@seer/core/people/caller'
import type { Policy } from '@seer/core/planning/policy'
import { fakeQueue } from '@seer/core/testing/jobs/fake-queue'
import { memoryStorage } from '@seer/core/testing/recordings/memory-storage'
import { checkingSlots, countedSlots } from '@seer/core/testing/vendor/checked-writes'
import { fakeVendorCalendars } from '@seer/core/testing/vendor/fake-vendor-calendars'
import { parseEnvironment } from '@seer/infra/config/parse-environment'
import { botDefaults, botSettings } from '@seer/infra/config/settings'
import { openSecretCipher } from '@seer/infra/crypto/open-secret-cipher'
import { openTokenSigner } from '@seer/infra/crypto/open-token-signer'
import { type Database, openDb } from '@seer/infra/db/open-db'
import { newId } from '@seer/infra/ids'
import { createLogger } from '@seer/infra/observe/logger'
import { openWebhookSender } from '@seer/infra/outgoing/open-webhook-sender'
import type { FeedHint } from '@seer/infra/queue/feed-hint'
import { createTestDatabase } from '@seer/infra/testing/services'
import { openWebhookReader } from '@seer/infra/vendor/webhooks/open-webhook-reader'
import type { FastifyInstance, InjectOptions, RouteOptions } from 'fastify'
import { z } from 'zod'
import { streamTokenPurpose } from '../src/access/stream-token.ts'
import { buildApi } from '../src/build-api.ts'
import type { ApiDeps, ApiOptions } from '../src/dependencies.ts'
import { streamLimits } from '../src/feed/stream-limits.ts'
import { newWebhookCounters } from '../src/routes/webhooks/webhook-counters.ts'
import { fakeOauthClient } from './fake-oauth-client.ts'

/** 24 bytes, base64. */
const signingKey = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
/** 32 bytes. */
const encryptionKeys = [Buffer.alloc(32, 7).toString('base64')]
export const callbackSecret = 'callback-secret'

/** The fake queue of core, with what an operator's routes ask as well. */
export function createFakeQueue() {
  const queue = fakeQueue()
  const reach = () => {
    if (queue.state.isDown) throw new RetryableError('SERVICE_UNAVAILABLE', { detail: 'The queue is down.' })
  }
  return {
    ...queue,
    async ping() {
      reach()
    },
    async counts() {
      reach()
      return []
    },
    async nextRun() {
      reach()
      return null
    },
    boardQueues: () => [],
    catalog: jobCatalog,
  }
}

export type TestApi = Awaited<ReturnType<typeof openTestApi>>

type Overrides = Partial<Omit<ApiDeps, 'options' | 'policy' | 'vendor'>> & {
  options?: Partial<ApiOptions>
  policy?: Partial<Policy>
  vendor?: Partial<ApiDeps['vendor']>
}

const defaultOptions: ApiOptions = {
  baseUrl: 'https://seer.example',
  requestsPerMinute: 1_000_000,
  trustProxy: false,
  syncEveryMs: 300_000,
  allowedRedirects: ['https://app.example.com/settings'],
  redirectsToStore: false,
  speechOffers: { vendor: 'offered', deepgram: 'own_key', openai: 'not_offered' },
  streams: streamLimits,
}

export async function openTestApi({ options, policy, vendor, ...overrides }: Overrides = {}) {
  const logged: string[] = []
  const log = createLogger({ level: 'trace', name: 'api-test', destination: linesInto(logged) })
  const hint = localHint()
  const { db, databaseUrl, close: closeDatabase } = await openDatabase(overrides.db, hint)
  const queue = createFakeQueue()
  const clock = { now: new Date('2026-05-05T10:00:00Z') }
  const counters = newWebhookCounters()
  const woken: string[] = []
  const now = () => new Date(clock.now)
  const calendarVendor = fakeVendorCalendars({ now })
  const oauth = fakeOauthClient()
  const slots = countedSlots(db.vendorLimits.takeWriteSlot)
  const addresses = { anyAddress: false, privateHosts: ['127.0.0.1'], httpsOnly: true }
  const webhookSender = openWebhookSender({ addresses, timeoutMs: 500 })
  const deps: ApiDeps = {
    db,
    queue,
    vendor: {
      calendars: checkingSlots(calendarVendor, slots),
      limits: { ...db.vendorLimits, takeWriteSlot: slots.takeWriteSlot },
      botsPerDay: null,
      reader: openWebhookReader({
        signingSecrets: [`whsec_${signingKey}`],
        callbackSecrets: [callbackSecret],
        apiKey: 'mb-key',
        verification: 'required',
      }),
      ...vendor,
    },
    policy: {
      defaults: botDefaults(parseEnvironment(z.object(botSettings), {})),
      byRule: true,
      sharing: 'domain',
      lateAccess: 'recording',
      ...policy,
    },
    storage: memoryStorage(),
    webhookCounters: counters,
    wakeWebhook: (id) => void woken.push(id),
    rateLimitRedis: null,
    cipher: openSecretCipher(encryptionKeys),
    tokenSigner: openTokenSigner(encryptionKeys, streamTokenPurpose),
    feedHint: hint,
    oauth: oauth.client,
    webhookSender,
    log,
    now,
    newId,
    isAccepting: () => true,
    options: { ...defaultOptions, ...options },
    ...overrides,
  }
  const app = buildApi(deps)
  const routes = collectRoutes(app)
  await app.ready()
  return {
    app,
    db,
    databaseUrl,
    queue,
    clock,
    woken,
    counters,
    calendarVendor,
    oauth,
    /** The lines of the log. */
    logged,
    routes,
    deps,
    /** Makes a user with one key and returns the key. */
    makeKey: (userName: string, ...scopes: Scope[]) => makeKey(db, userName, scopes),
    async close() {
      await app.close()
      await webhookSender.close()
      await closeDatabase()
    },
  }
}

/** A database of its own, unless the API gets one that is open: a second process on the first one's, or one that is down. */
async function openDatabase(given: ApiDeps['db'] | undefined, hint: FeedHint) {
  if (given) return { db: given as Database, databaseUrl: '', close: async () => {} }
  const { databaseUrl, drop } = await createTestDatabase()
  // No test of the API is about the write rate, so none waits for it.
  const db = openDb({ databaseUrl, poolSize: 8, writesPerSecond: 1_000, onError: () => {}, onAppended: hint.send })
  const close = async () => {
    await db.close()
    await drop()
  }
  return { db, databaseUrl, close }
}

/** The hint within one process. */
function localHint(): FeedHint {
  const listeners = new Set<() => void>()
  return {
    send() {
      for (const listener of listeners) listener()
    },
    listen(onHint) {
      listeners.add(onHint)
      return () => void listeners.delete(onHint)
    },
  }
}

function linesInto(lines: string[]): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
}

async function makeKey(db: Database, userName: string, scopes: Scope[]): Promise<string> {
  const order = { userName, label: null, scopes: scopes.length > 0 ? scopes : ['write' as const], expiresAt: null }
  const { key } = await createApiKey({ keys: db.apiKeys, newId }, order)
  return key
}

/** A client that sends one caller's key, JSON in and JSON out. */
export function clientOf(app: FastifyInstance, key: string | null) {
  return async (method: InjectOptions['method'], url: string, body?: unknown, headers: Record<string, string> = {}) => {
    const authorization = key === null ? {} : { authorization: `Bearer ${key}` }
    const payload = body === undefined ? {} : { payload: body as object }
    const response = await app.inject({ method, url, headers: { ...authorization, ...headers }, ...payload })
    const isJson = response.body !== '' && String(response.headers['content-type']).includes('json')
    return { status: response.statusCode, headers: response.headers, body: isJson ? response.json() : response.body }
  }
}

function collectRoutes(app: FastifyInstance): RouteOptions[] {
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => void routes.push(route))
  return routes
}

export type SignedWebhook = { headers: Record<string, string>; payload: string }

/** A webhook as Meeting BaaS v2 signs it. */
export function sign(body: unknown, { now, id = `msg_${newId()}` }: { now: Date; id?: string }): SignedWebhook {
  const payload = typeof body === 'string' ? body : JSON.stringify(body)
  const timestamp = String(Math.floor(now.getTime() / 1_000))
  const key = Buffer.from(signingKey, 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${payload}`).digest('base64')
  return {
    payload,
    headers: {
      'content-type': 'application/json',
      'svix-id': id,
      'svix-timestamp': timestamp,
      'svix-signature': `v1,${signature}`,
    },
  }
}

export const botsUrl = '/api/meetingbaas/bots'
export const calendarUrl = '/api/meetingbaas/calendar'
export const webhooksUrl = '/api/meetingbaas/webhooks'
export const meetUrl = 'https://meet.google.com/abc-defg-hij'
