/**
 * The settings that API, worker and CLI share, in fragments. A process spreads the fragments that it reads into its own
 * `z.object`. Only settings that some process reads belong here.
 */
import { createHmac } from 'node:crypto'
import { lateAccesses, sharingScopes } from '@seer/core/meetings/sharing/sharing'
import { type BotDefaults, recordingModes } from '@seer/core/vendor/bot-config'
import { z } from 'zod'
import { type LogLevel, logLevels } from '../observe/logger.ts'
import { flag, list, oneOf, url, whole } from './fields.ts'

type Settings<Fragment extends z.ZodRawShape> = z.output<z.ZodObject<Fragment>>

export const databaseSettings = {
  DATABASE_URL: url('postgresql:', 'postgres:').meta({
    description: 'PostgreSQL, 15 or newer: postgresql://user:password@host:5432/database.',
  }),
  DATABASE_POOL_SIZE: whole(4, 500).default(10).meta({
    description: 'How many connections to PostgreSQL one process opens at most.',
  }),
}

export const queueSettings = {
  REDIS_URL: url('redis:', 'rediss:').optional().meta({
    description: 'Redis for the job queue: redis://:password@host:6379/0. Without it the queue lives in PostgreSQL.',
  }),
  REDIS_PREFIX: z
    .string()
    .trim()
    .regex(/^[\w{}-]{1,64}$/, 'must have 1 to 64 letters, digits, braces, _ or -')
    .default('seer')
    .meta({
      description:
        'The first part of all keys in Redis. Installations that share a Redis need different ones. Use {seer} for a Redis Cluster.',
    }),
}

export const loggingSettings = {
  LOG_LEVEL: oneOf(logLevels).optional().meta({
    description:
      'The least severe log lines that are written: fatal, error, warn, info, debug, trace or silent. Without it: debug when NODE_ENV is development, otherwise info.',
  }),
}

export const environmentSettings = {
  NODE_ENV: oneOf(['development', 'production', 'test']).optional().meta({
    description:
      'development, production or test. In production Seer refuses unsafe settings. In development it also writes debug lines.',
  }),
}

/** The log level: LOG_LEVEL if it is set, otherwise by NODE_ENV. */
export function logLevelOf(settings: Settings<typeof loggingSettings & typeof environmentSettings>): LogLevel {
  return settings.LOG_LEVEL ?? (settings.NODE_ENV === 'development' ? 'debug' : 'info')
}

const versionMessage = 'v1 is not supported by this version of Seer; use v2, which is also the default'

export const vendorSettings = {
  MEETINGBAAS_API_KEY: z.string().trim().min(1).meta({ description: 'API key of your Meeting BaaS account.' }),
  MEETINGBAAS_API_URL: url('http:', 'https:').default('https://api.meetingbaas.com').meta({
    description: 'The address of Meeting BaaS, or of the sandbox.',
  }),
  MEETINGBAAS_API_VERSION: z
    .string()
    .trim()
    .toLowerCase()
    .refine((text) => text === 'v2', { error: ({ input }) => (input === 'v1' ? versionMessage : 'must be v2') })
    .transform(() => 'v2' as const)
    .default('v2')
    .meta({ description: 'The version of the Meeting BaaS API that Seer uses: v2.' }),
  MEETINGBAAS_CALLBACK_SECRET: list().default([]).meta({
    description:
      'Secrets that bots send along with their callbacks, separated by commas. New bots get the first one; all are accepted. Without it Seer makes a secret from MEETINGBAAS_API_KEY.',
  }),
  MEETINGBAAS_WRITES_PER_SECOND: whole(1, 1_000).default(5).meta({
    description: 'How many writes per second your Meeting BaaS plan allows. All processes together keep to it.',
  }),
  MEETINGBAAS_DAILY_BOT_CAP: whole(1, 10_000_000).optional().meta({
    description:
      'How many bots your Meeting BaaS plan allows in any 24 hours: 75, 300, 1000 or 3000. Seer then books no more bots for calendar events than that; the other events wait. Without it Seer books all of them, and Meeting BaaS refuses those that are too many when their meetings begin.',
  }),
}

/**
 * The secrets of bot callbacks, newest first. API and worker need the same ones. When none is set, they make one from
 * the API key, which both have. Nobody can compute the key from it.
 */
export function callbackSecrets(
  settings: Pick<Settings<typeof vendorSettings>, 'MEETINGBAAS_API_KEY' | 'MEETINGBAAS_CALLBACK_SECRET'>,
): [string, ...string[]] {
  const [first, ...others] = settings.MEETINGBAAS_CALLBACK_SECRET
  if (first !== undefined) return [first, ...others]
  return [createHmac('sha256', settings.MEETINGBAAS_API_KEY).update('seer callback secret').digest('hex')]
}

export const webhookSettings = {
  MEETINGBAAS_WEBHOOK_SECRET: list()
    .refine((secrets) => secrets.every(isSigningSecret), 'must be whsec_… secrets, separated by commas')
    .default([])
    .meta({
      description:
        'Signing secrets of your Meeting BaaS webhook endpoint (whsec_…). While you rotate them there are several, separated by commas.',
    }),
  WEBHOOK_VERIFICATION: flag().default(true).meta({
    description:
      'Whether webhooks must carry a valid signature or secret. With false they are accepted from anybody, which production refuses.',
  }),
}

function isSigningSecret(text: string): boolean {
  return /^whsec_[A-Za-z0-9+/]{8,}={0,2}$/.test(text)
}

export const botSettings = {
  BOT_NAME: z.string().trim().min(1).max(255).default('Seer Meeting Bot').meta({
    description: 'The name that bots have, unless a request names another.',
  }),
  BOT_RECORDING_MODE: oneOf(recordingModes).default('speaker_view').meta({
    description: 'speaker_view, gallery_view or audio_only, unless a request says otherwise.',
  }),
  BOT_SPEECH_TO_TEXT: flag().default(true).meta({
    description: 'Whether recordings are transcribed, unless a request says otherwise.',
  }),
  BOT_NOONE_JOINED_TIMEOUT: whole(120, 1_800).default(300).meta({
    description: 'How many seconds a bot stays when nobody comes.',
  }),
  BOT_WAITING_ROOM_TIMEOUT: whole(120, 1_800).default(120).meta({
    description: 'How many seconds a bot waits to be let in.',
  }),
  BOT_SILENCE_TIMEOUT: whole(300, 1_800).default(600).meta({
    description: 'After how many seconds of silence a bot leaves.',
  }),
}

export const sharingSettings = {
  BOT_SHARING: oneOf(sharingScopes).default('domain').meta({
    description:
      'Which users in the same meeting share one bot, and so see what it records: nobody (each user has a bot), domain (users with a calendar account of the same domain; domains of mail providers do not count) or all.',
  }),
  BOT_SHARING_LATE: oneOf(lateAccesses).default('recording').meta({
    description:
      'What a user sees of a shared bot that was already recording when the user began to share it: recording (everything) or status (how far the bot is, but no recording, transcript, people and chat).',
  }),
}

export const calendarSettings = {
  CALENDAR_SYNC_MINUTES: whole(1, 1_440).default(5).meta({
    description: 'How many minutes lie between two syncs of a connected calendar.',
  }),
  AUTO_SCHEDULE: flag().default(true).meta({
    description:
      'Whether the rules of users decide which meetings in their calendars are recorded. The rules of a new user record nothing.',
  }),
  AUTO_SCHEDULE_MINUTES: whole(1, 1_440).default(10).meta({
    description: 'How many minutes lie between two passes that decide what is recorded.',
  }),
}

/** The BOT_ settings as the defaults for every bot. */
export function botDefaults(settings: Settings<typeof botSettings>): BotDefaults {
  return {
    name: settings.BOT_NAME,
    recordingMode: settings.BOT_RECORDING_MODE,
    speechToText: settings.BOT_SPEECH_TO_TEXT,
    entryMessage: null,
    botImage: null,
    automaticLeave: {
      waitingRoomTimeout: settings.BOT_WAITING_ROOM_TIMEOUT,
      nooneJoinedTimeout: settings.BOT_NOONE_JOINED_TIMEOUT,
      silenceTimeout: settings.BOT_SILENCE_TIMEOUT,
    },
  }
}
