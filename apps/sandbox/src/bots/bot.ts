import type { Timer } from '../clock/timer-queue.ts'
import type { BotConfig, Extra } from './bot-config.ts'
import type { Platform } from './platform.ts'
import type { Plan } from './scenarios.ts'

/** Status codes of the published v2 contract (openapi-v2.json, GetBotStatusResponse). */
export const botStatuses = [
  'queued',
  'pickup_delayed',
  'transcribing',
  'completed',
  'failed',
  'joining_call',
  'in_waiting_room',
  'in_waiting_for_host',
  'in_call_not_recording',
  'in_call_recording',
  'recording_paused',
  'recording_resumed',
  'call_ended',
  'recording_succeeded',
  'recording_failed',
  'api_request_stop',
  'bot_rejected',
  'bot_removed',
  'bot_removed_too_early',
  'waiting_room_timeout',
  'invalid_meeting_url',
  'meeting_error',
] as const
export type BotStatus = (typeof botStatuses)[number]

/**
 * One line of a bot's history. `at` is virtual ms. `startTime` is unix seconds and comes only with `in_call_recording`.
 */
export type StatusEntry = { code: BotStatus; at: number; startTime?: number; message?: string }

/** Why a bot failed: a stable code of the vendor's error-codes page and a sentence. */
export type Failure = { code: string; message: string }

/** One step of a bot's script: `after` virtual seconds from the previous step, the bot enters `status`. */
export type Step = { after: number; status: BotStatus; message?: string; failure?: Failure }

/** A person in the meeting. `id` counts from 1. */
export type Participant = { name: string; id: number }

/** A chat message seen or sent by the bot. `senderId` is null for the bot itself. `at` is virtual ms. */
export type ChatMessage = { id: string; senderName: string; senderId: number | null; text: string; at: number }

/** Facts about the meeting and its processing; times are virtual ms. */
export type Recording = {
  joinedAt: number | null
  startedAt: number | null
  exitedAt: number | null
  /** The pauses that are over. A pause that goes on is in `pausedSince`. */
  pausedMs: number
  pausedSince: number | null
  /** True when the recording has been uploaded and its files exist. */
  available: boolean
  transcribed: boolean
  /** The last transcription that was asked for afterwards: when it is done, virtual ms. */
  again?: { at: number; isDone: boolean }
}

/** A bot that was sent to a meeting. */
export type Bot = {
  readonly id: string
  /** Place in creation order, counted from 0. */
  readonly index: number
  /** The calendar event that the bot was booked for; null for a bot that was asked for directly. */
  readonly eventId: string | null
  readonly platform: Platform
  readonly config: BotConfig
  readonly plan: Plan
  readonly createdAt: number
  /** For scheduled bots: the bot stays outside the meeting until then. */
  readonly joinAt: number | null
  extra: Extra
  status: BotStatus
  history: StatusEntry[]
  script: { steps: Step[]; next: number; timer: Timer | undefined }
  recording: Recording
  participants: Participant[]
  chat: ChatMessage[]
  endedAt: number | null
  failure: Failure | null
  artifactsDeleted: boolean
}

export const isTerminal = (bot: Bot): boolean => bot.status === 'completed' || bot.status === 'failed'

const inCallStatuses: readonly BotStatus[] = [
  'in_call_not_recording',
  'in_call_recording',
  'recording_paused',
  'recording_resumed',
]
export const isInCall = (bot: Bot): boolean => inCallStatuses.includes(bot.status)
export const isRecording = (bot: Bot): boolean => isInCall(bot) && bot.status !== 'in_call_not_recording'
export const isWaiting = (bot: Bot): boolean => bot.status === 'in_waiting_room' || bot.status === 'in_waiting_for_host'
/** Whether the call goes on and people can still act on the bot. Afterwards only the vendor's processing is left. */
export const isBeforeCallEnd = (bot: Bot): boolean =>
  isInCall(bot) || isWaiting(bot) || ['queued', 'pickup_delayed', 'joining_call'].includes(bot.status)

/** Recorded seconds without pauses, up to `now` (virtual ms) while the recording runs; null before it began. */
export function recordedSeconds(recording: Recording, now: number): number | null {
  if (recording.startedAt === null) return null
  const end = recording.exitedAt ?? now
  const openPause = recording.pausedSince === null ? 0 : end - recording.pausedSince
  return Math.max(0, Math.round((end - recording.startedAt - recording.pausedMs - openPause) / 1000))
}
