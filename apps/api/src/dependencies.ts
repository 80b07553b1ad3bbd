import type { Clock } from '@seer/core/basics/clock'
import type { SecretCipher } from '@seer/core/basics/secret-cipher'
import type { OauthClient } from '@seer/core/calendars/connection/consent/oauth'
import type { WebhookSender } from '@seer/core/log/deliveries/webhook-sender'
import type { Policy } from '@seer/core/planning/policy'
import type { SpeechOffers } from '@seer/core/recordings/speech/speech-service'
import type { Storage } from '@seer/core/recordings/storage'
import type { VendorAccount } from '@seer/core/vendor/vendor-accounts'
import type { TokenSigner } from '@seer/infra/crypto/open-token-signer'
import type { Database } from '@seer/infra/db/open-db'
import type { Logger } from '@seer/infra/observe/logger'
import type { FeedHint } from '@seer/infra/queue/feed-hint'
import type { SeerQueue } from '@seer/infra/queue/open-queue'
import type { RateLimitRedis } from '@seer/infra/rate-limit/rate-limit-redis'
import type { StreamLimits } from './feed/stream-limits.ts'
import type { WebhookCounters } from './routes/webhooks/webhook-counters.ts'

/** All that the API needs of the outside world; made by `open-dependencies.ts`, or by a test. */
export type ApiDeps = {
  db: Omit<Database, 'pool' | 'close'>
  queue: Pick<SeerQueue, 'enqueue' | 'enqueueMany' | 'wake' | 'ping' | 'counts' | 'nextRun' | 'boardQueues' | 'catalog'>
  /** The account `default`. */
  vendor: Omit<VendorAccount, 'bots'>
  policy: Policy
  storage: Storage
  webhookCounters: WebhookCounters
  /** Starts the job of a stored webhook soon. Never throws. */
  wakeWebhook: (webhookEventId: string) => void
  /** Where requests are counted. Null: each process counts its own. */
  rateLimitRedis: RateLimitRedis | null
  /** Null without ENCRYPTION_KEYS. Then no calendar can be connected, and there are no webhook endpoints. */
  cipher: SecretCipher | null
  /** Signs tokens for streams. Null without ENCRYPTION_KEYS. */
  tokenSigner: TokenSigner | null
  /** Says that there may be new events. */
  feedHint: Pick<FeedHint, 'listen'>
  oauth: OauthClient
  /** Sends webhooks to endpoints of customers. */
  webhookSender: WebhookSender
  log: Logger
  now: Clock
  newId: () => string
  /** False as soon as the process is told to stop. */
  isAccepting: () => boolean
  options: ApiOptions
}

export type ApiOptions = {
  /** Where this API is reached from outside; the OpenAPI document names it. */
  baseUrl: string
  /** How many requests one API key may make in a minute. */
  requestsPerMinute: number
  trustProxy: boolean | number | string[]
  /** Time between two syncs of a calendar. */
  syncEveryMs: number
  /** Addresses that a browser may be sent to after a consent. */
  allowedRedirects: readonly string[]
  /** Whether recordings are fetched from the store itself, by short-lived links, where it can make them. */
  redirectsToStore: boolean
  /** Which services make transcripts again. */
  speechOffers: SpeechOffers
  streams: StreamLimits
}
