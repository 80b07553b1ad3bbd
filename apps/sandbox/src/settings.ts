import { usualResults } from './bots/results.ts'
import { defaultTimings, type Plan, type Scenario, type Timings } from './bots/scenarios.ts'
import type { OauthClient } from './calendars/provider/account-book.ts'
import type { Credentials } from './s3/signature.ts'

/** Everything that a caller may choose. `resolveSettings` has the defaults. */
export type SandboxOptions = {
  /** Default 0: any free port. */
  port?: number
  /** Default 127.0.0.1. */
  host?: string
  /** Origin written into artifact URLs; default `http://host:port`. */
  publicUrl?: string
  /** Virtual seconds per real second; 0 freezes time. Default 1. */
  speed?: number
  /** Virtual time at the start, ms since the epoch. Default: real now. */
  startAt?: number
  /** The accepted API key. Default: any key that is not blank. */
  apiKey?: string
  /** Webhook endpoints from the start. */
  webhookUrls?: string[]
  /** `whsec_…` secrets. Each message carries a signature with every one. Default: a new secret for each endpoint. */
  webhookSecrets?: string[]
  /** Writes per real second and team; 0 lifts the limit. Default 5, the pay-as-you-go plan's. */
  rateLimit?: number
  /** Bots per rolling 24 virtual hours; 0 lifts the cap. Default 75, the pay-as-you-go plan's. */
  dailyCap?: number
  /** Calendars the team may connect; 0 lifts the limit. Default 1000, the enterprise plan's; pay-as-you-go has 2. */
  calendarLimit?: number
  /** The only OAuth clients that Google and Microsoft know. Default: any id with any secret. */
  oauthClients?: OauthClient[]
  /** Token balance. Default 1000. */
  tokens?: number
  /** Virtual days until artifacts are removed. Default 3, the pay-as-you-go plan's. */
  retentionDays?: number
  /** The file that keeps bots and calendars, so that they survive a restart. Default: none. */
  stateFile?: string
  /** Buckets of the S3 endpoint. Default: recordings. */
  s3Buckets?: string[]
  /** Keeps the objects of the S3 endpoint over a restart. Default: a temporary folder. */
  s3Folder?: string
  /** The only credentials that the S3 endpoint knows. They are visibly fake by default. */
  s3Credentials?: Credentials
  /** The least size of a part of an upload, except the last; for tests. Default 5 MiB, which is S3's. */
  s3LeastPartBytes?: number
  /** The only API key that the speech services know. It is visibly fake by default. */
  speechKey?: string
  /** Accept empty JSON bodies, which the live service rejects. Default false. */
  lenient?: boolean
  /** Length of a meeting in virtual minutes. Default 10. */
  meetingMinutes?: number
  /** Other durations of a meeting, in virtual seconds. */
  timings?: Partial<Timings>
  /** What happens in meetings for which no scenario is set. Default `success`. */
  scenario?: Scenario
  /** Who is in the meetings. */
  participants?: string[]
  /** Virtual seconds before `join_at` at which a booked bot may be started. Default 120. */
  launchLeadSeconds?: number
  /** Seed of everything random, except ids and secrets. Default 1. */
  seed?: number
  /** Real milliseconds until a webhook or callback attempt times out. Default 30,000. */
  deliveryTimeoutMs?: number
  /** How many notifications are remembered. Default 20,000. */
  historyLimit?: number
  /** The real clock, in ms since the epoch; for tests. Default: the machine's, made monotonic. */
  realNow?: () => number
  /** Called with one line per request, after its answer. */
  onRequest?: (line: string) => void
}

export type Settings = Required<
  Omit<SandboxOptions, 'apiKey' | 'stateFile' | 's3Folder' | 'publicUrl' | 'meetingMinutes' | 'onRequest'>
> & {
  apiKey: string | undefined
  publicUrl: string | undefined
  stateFile: string | undefined
  s3Folder: string | undefined
  onRequest: ((line: string) => void) | undefined
  plan: Plan
}

/** Fills in the defaults; 0 for a limit becomes Infinity. */
export function resolveSettings(options: SandboxOptions): Settings {
  const realNow = options.realNow ?? monotonicNow
  const meeting = (options.meetingMinutes ?? defaultTimings.meeting / 60) * 60
  // A short meeting is transcribed faster.
  const transcription = defaultTimings.transcription * Math.min(1, meeting / defaultTimings.meeting)
  const timings = { ...defaultTimings, meeting, transcription, ...options.timings }
  const scenario = options.scenario ?? 'success'
  const participants = options.participants ?? ['Ines Okafor', 'Tomasz Reyes']
  return {
    port: options.port ?? 0,
    host: options.host ?? '127.0.0.1',
    publicUrl: options.publicUrl,
    speed: options.speed ?? 1,
    startAt: options.startAt ?? realNow(),
    apiKey: options.apiKey,
    webhookUrls: options.webhookUrls ?? [],
    webhookSecrets: options.webhookSecrets ?? [],
    rateLimit: unlimitedIfZero(options.rateLimit ?? 5),
    dailyCap: unlimitedIfZero(options.dailyCap ?? 75),
    calendarLimit: unlimitedIfZero(options.calendarLimit ?? 1000),
    oauthClients: options.oauthClients ?? [],
    tokens: options.tokens ?? 1000,
    retentionDays: options.retentionDays ?? 3,
    stateFile: options.stateFile,
    s3Buckets: options.s3Buckets ?? ['recordings'],
    s3Folder: options.s3Folder,
    s3Credentials: options.s3Credentials ?? fakeCredentials,
    s3LeastPartBytes: options.s3LeastPartBytes ?? 5 * 1024 * 1024,
    speechKey: options.speechKey ?? 'not-a-secret-sandbox-speech',
    lenient: options.lenient ?? false,
    timings,
    scenario,
    participants,
    launchLeadSeconds: options.launchLeadSeconds ?? 120,
    seed: options.seed ?? 1,
    deliveryTimeoutMs: options.deliveryTimeoutMs ?? 30_000,
    historyLimit: options.historyLimit ?? 20_000,
    realNow,
    onRequest: options.onRequest,
    plan: { scenario, timings, participants, chatDisabled: false, quirks: [], results: usualResults },
  }
}

const fakeCredentials = { accessKeyId: 'sandbox-access-key', secretAccessKey: 'not-a-secret-sandbox-s3' }

const unlimitedIfZero = (limit: number): number => (limit === 0 ? Number.POSITIVE_INFINITY : limit)

/** The machine's time without its corrections, because virtual time must never run backwards. */
const monotonicNow = (): number => performance.timeOrigin + performance.now()
