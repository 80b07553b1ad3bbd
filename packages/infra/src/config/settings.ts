/**
 * The settings that API, worker and CLI share, in fragments: a process spreads those that it reads into its own
 * `z.object`. A setting that no process reads has no place here.
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
    description: 'Connections to PostgreSQL that one process opens at most.',
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
      description: 'First part of all keys in Redis, for installations that share one. {seer} for a Redis Cluster.',
    }),
}

export const loggingSettings = {
  LOG_LEVEL: oneOf(logLevels).optional().meta({
    description:
      'Least severe log lines to write: fatal, error, warn, info, debug, trace or silent. Without it info, or debug where NODE_ENV is development.',
  }),
}

export const environmentSettings = {
  NODE_ENV: oneOf(['development', 'production', 'test']).optional().meta({
    description:
      'development, production or test. Production refuses settings that are unsafe there; development writes debug lines, too.',
  }),
}

/** What is written to the log: what LOG_LEVEL says, else what suits NODE_ENV. */
export function logLevelOf(settings: Settings<typeof loggingSettings & typeof environmentSettings>): LogLevel {
  return settings.LOG_LEVEL ?? (settings.NODE_ENV === 'development' ? 'debug' : 'info')
}

const versionMessage = 'v1 is not supported by this version of Seer; use v2, which is also the default'

export const providerSettings = {
  MEETINGBAAS_API_KEY: z.string().trim().min(1).meta({ description: 'API key of your Meeting BaaS account.' }),
  MEETINGBAAS_API_URL: url('http:', 'https:').default('https://api.meetingbaas.com').meta({
    description: 'Meeting BaaS, or the sandbox.',
  }),
  MEETINGBAAS_API_VERSION: z
    .string()
    .trim()
    .toLowerCase()
    .refine((text) => text === 'v2', { error: ({ input }) => (input === 'v1' ? versionMessage : 'must be v2') })
    .transform(() => 'v2' as const)
    .default('v2')
    .meta({ description: 'API version of Meeting BaaS to speak: v2.' }),
  MEETINGBAAS_CALLBACK_SECRET: list().default([]).meta({
    description:
      'Secrets with which bots sign their callbacks, separated by commas: the first is given to new bots, all are accepted. Made from MEETINGBAAS_API_KEY when not set.',
  }),
  MEETINGBAAS_WRITES_PER_SECOND: whole(1, 1_000).default(5).meta({
    description: 'Writes per second that your Meeting BaaS plan allows, shared by all processes.',
  }),
  MEETINGBAAS_DAILY_BOT_CAP: whole(1, 10_000_000).optional().meta({
    description:
      'Bots that your Meeting BaaS plan allows in any 24 hours: 75, 300, 1000 or 3000. Meetings in calendars beyond it wait; without it they are booked, and Meeting BaaS refuses them when they begin.',
  }),
}

/**
 * The secrets of bot callbacks, newest first. API and worker must agree on them without being told, so one is made from
 * the API key, which both have; it cannot be turned back into the key.
 */
export function callbackSecrets(
  settings: Pick<Settings<typeof providerSettings>, 'MEETINGBAAS_API_KEY' | 'MEETINGBAAS_CALLBACK_SECRET'>,
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
        'Signing secrets of your Meeting BaaS webhook endpoint (whsec_…), separated by commas while rotating.',
    }),
  WEBHOOK_VERIFICATION: flag().default(true).meta({
    description: 'Whether webhooks must be signed; false takes them from anybody. Production refuses false.',
  }),
}

function isSigningSecret(text: string): boolean {
  return /^whsec_[A-Za-z0-9+/]{8,}={0,2}$/.test(text)
}

export const botSettings = {
  BOT_NAME: z.string().trim().min(1).max(255).default('Seer Meeting Bot').meta({
    description: 'Name under which bots join, unless a request names another.',
  }),
  BOT_RECORDING_MODE: oneOf(recordingModes).default('speaker_view').meta({
    description: 'speaker_view, gallery_view or audio_only, unless a request says otherwise.',
  }),
  BOT_SPEECH_TO_TEXT: flag().default(true).meta({
    description: 'Whether recordings are transcribed, unless a request says otherwise.',
  }),
  BOT_NOONE_JOINED_TIMEOUT: whole(120, 1_800).default(300).meta({
    description: 'Seconds that a bot stays when nobody comes.',
  }),
  BOT_WAITING_ROOM_TIMEOUT: whole(120, 1_800).default(120).meta({
    description: 'Seconds that a bot waits to be let in.',
  }),
  BOT_SILENCE_TIMEOUT: whole(300, 1_800).default(600).meta({
    description: 'Seconds of silence after which a bot leaves.',
  }),
}

export const sharingSettings = {
  BOT_SHARING: oneOf(sharingScopes).default('organization').meta({
    description:
      'Who shares one bot when several users are in the same meeting, and so sees what it records: nobody, organization (users with a calendar account of the same domain, mail providers excepted) or all. Everybody else gets a bot of their own.',
  }),
}

/** What the API shows of shared bots. */
export const sharedViewSettings = {
  BOT_SHARING_LATE: oneOf(lateAccesses).default('recording').meta({
    description:
      'What a user sees of a shared bot that was recording already when the user came to share it: recording (everything) or status (how it stands, but no recording, transcript, people and chat).',
  }),
}

export const calendarSettings = {
  CALENDAR_SYNC_MINUTES: whole(1, 1_440).default(5).meta({
    description: 'Minutes between two syncs of a connected calendar.',
  }),
  AUTO_SCHEDULE: flag().default(true).meta({
    description:
      'Whether meetings in connected calendars are recorded by the rules of their users; those of a new user record nothing.',
  }),
  AUTO_SCHEDULE_MINUTES: whole(1, 1_440).default(10).meta({
    description: 'Minutes between two passes that decide what will be recorded.',
  }),
}

/** What the BOT_ settings mean for every bot that is asked for. */
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
