import { PrismaPg } from '@prisma/adapter-pg'
import type { IdempotencyKeyStore } from '@seer/core/access/idempotency-keys'
import type { CalendarEventStore, IntegrationStore } from '@seer/core/calendars/calendar-store'
import type { OauthFlowStore } from '@seer/core/calendars/connection/consent/oauth'
import type { ExpiredKeys } from '@seer/core/erasure/cleanup'
import type { RetentionStore } from '@seer/core/erasure/retention'
import type { SchedulerTaskStore } from '@seer/core/jobs/scheduler-tasks'
import type { DeliveryStore } from '@seer/core/log/deliveries/delivery-store'
import type { EndpointStore } from '@seer/core/log/endpoints/endpoint-store'
import type { EventFeed } from '@seer/core/log/feed/event-feed'
import type { MeetingStore } from '@seer/core/meetings/meeting-store'
import type { BotOutcomes } from '@seer/core/meetings/stats/bot-stats'
import type { ApiKeyStore } from '@seer/core/people/api-keys'
import type { UserStore } from '@seer/core/people/user-store'
import type { CapacityStore } from '@seer/core/planning/day-limit/capacity-store'
import type { SchedulingStore } from '@seer/core/planning/scheduling-store'
import type { ArtifactStore } from '@seer/core/recordings/custody/artifact-store'
import type { TranscriptSearch } from '@seer/core/recordings/search/transcript-search'
import type { SpeechOrderStore } from '@seer/core/recordings/speech/speech-orders'
import type { TranscriptStore } from '@seer/core/recordings/transcripts/transcript-store'
import type { VendorLimits } from '@seer/core/vendor/vendor-limits'
import type { Inbox } from '@seer/core/webhooks/inbox'
import type { InboxAdmin } from '@seer/core/webhooks/inbox-admin'
import pg from 'pg'
import { openIdempotencyKeyStore } from './access/idempotency-key-store.ts'
import { afterCalls } from './after-calls.ts'
import { openCalendarEventStore } from './calendars/calendar-event-store.ts'
import { openIntegrationStore } from './calendars/integration-store.ts'
import { openOauthFlowStore } from './calendars/oauth-flow-store.ts'
import { openChangeWriter } from './change-writer.ts'
import { withDatabaseErrors } from './database-errors.ts'
import { openRetentionStore } from './erasure/retention-store.ts'
import { PrismaClient } from './generated/client.ts'
import { openDeliveryStore } from './log/deliveries/delivery-store.ts'
import { openEndpointStore } from './log/endpoints/endpoint-store.ts'
import { openEventFeed } from './log/event-feed.ts'
import { openBotOutcomes } from './meetings/bot-outcomes.ts'
import { openMeetingStore } from './meetings/meeting-store.ts'
import { openApiKeyStore } from './people/api-key-store.ts'
import { openUserStore } from './people/user-store.ts'
import { openCapacityStore } from './planning/capacity-store.ts'
import { openSchedulingStore } from './planning/scheduling-store.ts'
import { openArtifactStore } from './recordings/artifact-store.ts'
import { openSpeechOrderStore } from './recordings/speech-order-store.ts'
import { openTranscriptSearch } from './recordings/transcript-search.ts'
import { openTranscriptStore } from './recordings/transcript-store.ts'
import { openSchedulerTaskStore } from './scheduler-task-store.ts'
import { openVendorLimits } from './vendor/vendor-limits.ts'
import { openInbox } from './webhooks/inbox.ts'
import { openInboxAdmin } from './webhooks/inbox-admin.ts'

export type Database = {
  meetings: MeetingStore
  botOutcomes: BotOutcomes
  artifacts: ArtifactStore
  integrations: IntegrationStore
  calendarEvents: CalendarEventStore
  scheduling: SchedulingStore
  capacity: CapacityStore
  transcripts: TranscriptStore
  speechOrders: SpeechOrderStore
  transcriptSearch: TranscriptSearch
  oauthFlows: OauthFlowStore
  endpoints: EndpointStore
  deliveries: DeliveryStore
  inbox: Inbox
  inboxAdmin: InboxAdmin
  apiKeys: ApiKeyStore
  users: UserStore
  retention: RetentionStore
  feed: EventFeed
  idempotencyKeys: IdempotencyKeyStore & ExpiredKeys
  schedulerTasks: SchedulerTaskStore
  vendorLimits: VendorLimits
  /** The connections that all stores share. The queue uses them, too, if it is in this database. */
  pool: pg.Pool
  /** @throws RetryableError SERVICE_UNAVAILABLE */
  ping(): Promise<void>
  close(): Promise<void>
}

export type DatabaseOptions = {
  databaseUrl: string
  /** The most connections. */
  poolSize: number
  writesPerSecond: number
  /** Called with errors of idle connections. The pool replaces such connections itself. */
  onError: (error: Error) => void
  /** Called after commits that may have appended entries to the log. Must not throw. */
  onAppended?: () => void
  /** For tests. */
  answerTimeoutMs?: number
}

/** How long a request may wait for a connection before the database counts as unavailable. */
const connectTimeoutMs = 3_000
/** Normally no statement of Seer takes longer. A statement that hangs must not hold its connection for ever. */
const statementTimeoutMs = 30_000
/**
 * A server that is cut off silently, as in a failover, never answers. After this time its connections are given up; the
 * operating system would keep them for a quarter of an hour.
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
  const onAppended = options.onAppended ?? (() => {})
  const appending = <Store extends object>(store: Store, names: readonly (keyof Store & string)[]): Store =>
    withDatabaseErrors(afterCalls(store, names, onAppended))
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) })
  return {
    meetings: appending(openMeetingStore(pool, write), ['claim', 'claimWithin', 'move', 'saveChange']),
    botOutcomes: withDatabaseErrors(openBotOutcomes(pool)),
    artifacts: withDatabaseErrors(openArtifactStore(pool)),
    integrations: appending(openIntegrationStore(pool), ['saveChange']),
    calendarEvents: withDatabaseErrors(openCalendarEventStore(pool)),
    scheduling: appending(openSchedulingStore(pool), ['saveDecisions']),
    capacity: withDatabaseErrors(openCapacityStore(pool)),
    transcripts: withDatabaseErrors(openTranscriptStore(pool)),
    speechOrders: withDatabaseErrors(openSpeechOrderStore(pool)),
    transcriptSearch: withDatabaseErrors(openTranscriptSearch(pool)),
    oauthFlows: withDatabaseErrors(openOauthFlowStore(pool)),
    endpoints: appending(openEndpointStore(pool), ['add', 'save', 'remove']),
    deliveries: withDatabaseErrors(openDeliveryStore(pool)),
    inbox: appending(openInbox(pool, write), ['saveProcessed']),
    inboxAdmin: withDatabaseErrors(openInboxAdmin(pool)),
    apiKeys: appending(openApiKeyStore(prisma, pool), ['add', 'revoke']),
    users: appending(openUserStore(pool), ['markDeleted', 'remove']),
    retention: withDatabaseErrors(openRetentionStore(pool)),
    feed: withDatabaseErrors(openEventFeed(pool)),
    idempotencyKeys: withDatabaseErrors(openIdempotencyKeyStore(prisma, pool)),
    schedulerTasks: withDatabaseErrors(openSchedulerTaskStore(prisma)),
    vendorLimits: withDatabaseErrors(openVendorLimits(pool, options.writesPerSecond)),
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
