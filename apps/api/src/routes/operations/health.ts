import { needsUser } from '@seer/core/calendars/integration'
import { staleBefore } from '@seer/core/calendars/sync/sync-standing'
import { dangerBefore } from '@seer/core/recordings/custody/artifact-store'
import { closedCodes } from '@seer/core/vendor/vendor-limits'
import { z } from 'zod'
import type { ApiScope } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { type Check, check, checkScheduler, checkStorage, ok, shared } from './health-checks.ts'

const Check = z.object({ status: z.enum(['ok', 'down']), detail: z.string().nullable() }).meta({ id: 'HealthCheck' })

const Pause = z
  .object({
    kind: z.enum(['writes', 'creates']),
    until: z.iso.datetime(),
    reason: z.string().meta({ description: 'What Meeting BaaS said, and what to do about it.' }),
    code: z.enum(closedCodes).nullable().meta({ description: 'Why no bots are created; null for `writes`.' }),
  })
  .meta({
    id: 'VendorPause',
    description:
      'Something that Seer holds back at Meeting BaaS: all `writes`, or only the creation of bots (`creates`).',
  })

const Capacity = z
  .object({
    botsPerDay: z.int().nullable().meta({
      description:
        'Bots that the Meeting BaaS plan allows in any 24 hours; null when MEETINGBAAS_DAILY_BOT_CAP is not set.',
    }),
    last24Hours: z.int().meta({ description: 'Bots that joined, or should have joined, within the last 24 hours.' }),
    next24Hours: z.int().meta({ description: 'Bots that are booked to join within the next 24 hours.' }),
    waiting: z.int().meta({ description: 'Coming events that are not recorded because their day is full.' }),
  })
  .meta({ id: 'Capacity' })

const Recordings = z
  .object({
    open: z.int().meta({ description: 'Files that are not copied yet.' }),
    inDanger: z.int().meta({ description: 'Those of them that Meeting BaaS deletes within a day.' }),
    firstDeadline: z.iso.datetime().nullable().meta({ description: 'When Meeting BaaS deletes the first of them.' }),
    expired: z.int().meta({ description: 'Files that Meeting BaaS deleted before they were copied.' }),
  })
  .meta({ id: 'CustodyHealth' })

const Health = z
  .object({
    status: z.enum(['ok', 'down']),
    checks: z.object({
      database: Check,
      queue: Check,
      storage: Check.meta({ description: 'Where recordings are kept.' }),
      scheduler: Check.extend({
        lastTickAt: z.iso.datetime().nullable().meta({ description: 'When a worker last started a repeatable job.' }),
      }),
    }),
    vendorPauses: z.array(Pause),
    calendars: z
      .object({
        stale: z
          .int()
          .meta({ description: 'Connected calendars whose events have not been read for three sync periods.' }),
        needUser: z.int().meta({ description: 'Calendars that are not read until their user does something.' }),
      })
      .nullable()
      .meta({
        description: 'For information only: these numbers never turn `status` to `down`. Null when they are not known.',
      }),
    recordings: Recordings.nullable().meta({
      description:
        'Files that Seer must still copy from Meeting BaaS. For information only. Null when it is not known.',
    }),
    capacity: Capacity.nullable().meta({
      description: 'The daily limit of bots. For information only, like `calendars`. Null when it is not known.',
    }),
  })
  .meta({ id: 'Health' })
type Health = z.output<typeof Health>

const Probe = z.object({ status: z.enum(['ok', 'down']), detail: z.string().nullable() }).meta({ id: 'Probe' })

/**
 * `/api/health` is for people and monitoring and needs everything; `/live` asks whether to restart this process, `/ready`
 * whether to send it requests. Ready needs only Postgres: without the queue and the scheduler, requests and webhooks are
 * still accepted, and their work is found later.
 */
export function healthRoutes(app: ApiScope, deps: ApiDeps): void {
  const startedAt = deps.now()
  const health = shared(() => examine(deps, startedAt))
  const ready = shared(() => check(() => deps.db.ping().then(() => ok)))

  app.route({
    method: 'GET',
    url: '/api/health',
    config: { access: 'public' },
    schema: {
      tags: ['Operations'],
      summary: 'Check the whole service',
      response: {
        200: Health.describe('Everything works.'),
        503: Health.describe('Something is down; `checks` says what.'),
      },
    },
    handler: async (_request, reply) => {
      const result = await health()
      return reply.code(result.status === 'ok' ? 200 : 503).send(result)
    },
  })
  app.route({
    method: 'GET',
    url: '/api/health/live',
    config: { access: 'public' },
    schema: {
      tags: ['Operations'],
      summary: 'Check whether this process runs',
      response: { 200: Probe.describe('The process runs.') },
    },
    handler: async () => ({ status: 'ok' as const, detail: null }),
  })
  app.route({
    method: 'GET',
    url: '/api/health/ready',
    config: { access: 'public' },
    schema: {
      tags: ['Operations'],
      summary: 'Check whether this process can take requests',
      response: {
        200: Probe.describe('The process can take requests.'),
        503: Probe.describe('The process cannot take requests now. Send them elsewhere.'),
      },
    },
    handler: async (_request, reply) => {
      const stopping = { status: 'down' as const, detail: 'The process is stopping.' }
      const result = deps.isAccepting() ? await ready() : stopping
      return reply.code(result.status === 'ok' ? 200 : 503).send(result)
    },
  })
}

async function examine(deps: ApiDeps, startedAt: Date): Promise<Health> {
  const [database, queue, storage, scheduler, vendorPauses, calendars, recordings, capacity] = await Promise.all([
    check(() => deps.db.ping().then(() => ok)),
    check(() => deps.queue.ping().then(() => ok)),
    checkStorage(deps),
    checkScheduler(deps, startedAt),
    pausesOf(deps),
    calendarsOf(deps),
    recordingsOf(deps),
    capacityOf(deps),
  ])
  const checks = { database, queue, storage, scheduler }
  const allOk = Object.values(checks).every(({ status }) => status === 'ok')
  return { status: allOk ? 'ok' : 'down', checks, vendorPauses, calendars, recordings, capacity }
}

async function pausesOf({ vendor }: ApiDeps): Promise<Health['vendorPauses']> {
  let pauses: Health['vendorPauses'] = []
  await check(async () => {
    const found = await vendor.limits.pauses()
    pauses = found.map(({ until, ...pause }) => ({ ...pause, until: until.toISOString() }))
    return ok
  })
  return pauses
}

async function calendarsOf(deps: ApiDeps): Promise<Health['calendars']> {
  let calendars: Health['calendars'] = null
  await check(async () => {
    const { byStatus, stale } = await deps.db.integrations.summarise(staleBefore(deps.now(), deps.options.syncEveryMs))
    const silent = byStatus.filter(({ status }) => needsUser(status) || status === 'failed')
    calendars = { stale, needUser: silent.reduce((sum, { count }) => sum + count, 0) }
    return ok
  })
  return calendars
}

async function recordingsOf({ db, now }: ApiDeps): Promise<Health['recordings']> {
  let recordings: Health['recordings'] = null
  await check(async () => {
    const { firstDeadline, ...counts } = await db.artifacts.summarise(dangerBefore(now()))
    recordings = { ...counts, firstDeadline: firstDeadline?.toISOString() ?? null }
    return ok
  })
  return recordings
}

async function capacityOf({ db, vendor: { botsPerDay }, now }: ApiDeps): Promise<Health['capacity']> {
  let capacity: Health['capacity'] = null
  await check(async () => {
    capacity = { botsPerDay, ...(await db.capacity.count(now())) }
    return ok
  })
  return capacity
}
