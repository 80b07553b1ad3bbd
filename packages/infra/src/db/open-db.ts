import { PrismaPg } from '@prisma/adapter-pg'
import type { MeetingStore } from '@seer/core/bots/meeting-store'
import type { ProviderLimits } from '@seer/core/bots/provider-limits'
import type { CalendarEventStore, CalendarStore } from '@seer/core/calendars/calendar-store'
import type { OauthFlowStore } from '@seer/core/calendars/oauth'
import type { ApiKeyStore } from '@seer/core/callers/api-keys'
import type { UserStore } from '@seer/core/callers/user-store'
import type { IdempotencyKeyStore } from '@seer/core/idempotency/idempotency-keys'
import type { SchedulerTaskStore } from '@seer/core/jobs/scheduler-tasks'
import type { CapacityStore } from '@seer/core/scheduling/capacity-store'
import type { SchedulingStore } from '@seer/core/scheduling/scheduling-store'
import type { ExpiredKeys } from '@seer/core/sweeps/cleanup'
import type { Inbox } from '@seer/core/webhooks/inbox'
import type { InboxAdmin } from '@seer/core/webhooks/inbox-admin'
import pg from 'pg'
import { openApiKeyStore } from './api-key-store.ts'
import { openCalendarEventStore } from './calendar-event-store.ts'
import { openCalendarStore } from './calendar-store.ts'
import { openCapacityStore } from './capacity-store.ts'
import { openChangeWriter } from './change-writer.ts'
import { withDatabaseErrors } from './database-errors.ts'
import { PrismaClient } from './generated/client.ts'
import { openIdempotencyKeyStore } from './idempotency-key-store.ts'
import { openInbox } from './inbox.ts'
import { openInboxAdmin } from './inbox-admin.ts'
import { openMeetingStore } from './meeting-store.ts'
import { openOauthFlowStore } from './oauth-flow-store.ts'
import { openProviderLimits } from './provider-limits.ts'
import { openSchedulerTaskStore } from './scheduler-task-store.ts'
import { openSchedulingStore } from './scheduling-store.ts'
import { openUserStore } from './user-store.ts'

export type Database = {
  meetings: MeetingStore
  calendars: CalendarStore
  calendarEvents: CalendarEventStore
  scheduling: SchedulingStore
  capacity: CapacityStore
  oauthFlows: OauthFlowStore
  inbox: Inbox
  inboxAdmin: InboxAdmin
  apiKeys: ApiKeyStore
  users: UserStore
  idempotencyKeys: IdempotencyKeyStore & ExpiredKeys
  schedulerTasks: SchedulerTaskStore
  providerLimits: ProviderLimits
  /** The connections that everything here shares; for the queue, when it lives in the same database. */
  pool: pg.Pool
  /** @throws RetryableError SERVICE_UNAVAILABLE */
  ping(): Promise<void>
  close(): Promise<void>
}

export type DatabaseOptions = {
  databaseUrl: string
  /** Connections at most. */
  poolSize: number
  writesPerSecond: number
  /** Told of errors of idle connections; the pool replaces those by itself. */
  onError: (error: Error) => void
  /** For tests. */
  answerTimeoutMs?: number
}

/** How long a request may wait for a connection before it is told that the database is unavailable. */
const connectTimeoutMs = 3_000
/** No statement of Seer takes longer when all is well; one that hangs must not hold its connection for ever. */
const statementTimeoutMs = 30_000
/**
 * A server that was cut off without a word, as in a failover, says nothing about its statements either. Its connections
 * are given up then; the system would keep them for a quarter of an hour.
 */
const answerTimeoutMs = statementTimeoutMs + 5_000

/** Opens all stores on one pool of connections. Does not connect yet. */
export function openDb(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    max: options.poolSize,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: options.answerTimeoutMs ?? answerTimeoutMs,
    keepAlive: true,
  })
  pool.on('error', options.onError)
  const write = openChangeWriter(pool)
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) })
  return {
    meetings: withDatabaseErrors(openMeetingStore(pool, write)),
    calendars: withDatabaseErrors(openCalendarStore(pool)),
    calendarEvents: withDatabaseErrors(openCalendarEventStore(pool)),
    scheduling: withDatabaseErrors(openSchedulingStore(pool)),
    capacity: withDatabaseErrors(openCapacityStore(pool)),
    oauthFlows: withDatabaseErrors(openOauthFlowStore(pool)),
    inbox: withDatabaseErrors(openInbox(pool, write)),
    inboxAdmin: withDatabaseErrors(openInboxAdmin(pool)),
    apiKeys: withDatabaseErrors(openApiKeyStore(prisma)),
    users: withDatabaseErrors(openUserStore(pool)),
    idempotencyKeys: withDatabaseErrors(openIdempotencyKeyStore(prisma, pool)),
    schedulerTasks: withDatabaseErrors(openSchedulerTaskStore(prisma)),
    providerLimits: withDatabaseErrors(openProviderLimits(pool, options.writesPerSecond)),
    pool,
    ...withDatabaseErrors({
      ping: async () => void (await pool.query('SELECT 1')),
    }),
    close: async () => {
      await prisma.$disconnect()
      await pool.end()
    },
  }
}
