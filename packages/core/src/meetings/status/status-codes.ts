/** The vendor's status codes: what they mean, and their order within a run. */
import type { EntryType } from '../../log/entry-types.ts'
import type { MeetingState } from '../meeting.ts'

export type CodeRule = {
  state: MeetingState
  /** Position within one run. Codes of one rank may follow each other in any order. */
  rank: number
  /** Null for codes that the final event explains better. */
  entry: EntryType<'bot'> | null
  /** Whose clock stamps the code. */
  clock: 'bot' | 'server'
  /** The code does not tell how the run ended; the vendor's details do. */
  needsDetails?: boolean
}

const problem: CodeRule = { state: 'processing', rank: 60, entry: 'bot_problem', clock: 'bot' }
const ended: CodeRule = { state: 'processing', rank: 85, entry: null, clock: 'server', needsDetails: true }
const loginFailed: CodeRule = { ...ended, entry: 'bot_problem' }

/** Status codes of Meeting BaaS API v1 and v2, in the order of a run. */
export const codeRules: Record<string, CodeRule> = {
  queued: { state: 'queued', rank: 10, entry: 'bot_queued', clock: 'server' },
  pickup_delayed: { state: 'queued', rank: 11, entry: 'bot_pickup_delayed', clock: 'server' },
  joining_call: { state: 'joining', rank: 20, entry: 'bot_joining', clock: 'bot' },
  in_waiting_room: { state: 'waiting_room', rank: 30, entry: 'bot_waiting_room', clock: 'bot' },
  in_waiting_for_host: { state: 'waiting_room', rank: 30, entry: 'bot_waiting_room', clock: 'bot' },
  in_call_not_recording: { state: 'in_call', rank: 40, entry: 'bot_join_call', clock: 'bot' },
  in_call_recording: { state: 'recording', rank: 50, entry: 'recording_started', clock: 'bot' },
  recording_paused: { state: 'paused', rank: 51, entry: 'recording_paused', clock: 'bot' },
  recording_resumed: { state: 'recording', rank: 51, entry: 'recording_resumed', clock: 'bot' },
  api_request_stop: problem,
  bot_rejected: problem,
  bot_removed: problem,
  bot_removed_too_early: problem,
  waiting_room_timeout: problem,
  invalid_meeting_url: problem,
  meeting_error: problem,
  call_ended: { state: 'processing', rank: 61, entry: 'bot_leave_call', clock: 'bot' },
  recording_succeeded: { state: 'processing', rank: 62, entry: 'recording_finished', clock: 'bot' },
  recording_failed: { state: 'processing', rank: 63, entry: 'recording_failed', clock: 'bot' },
  transcribing: { state: 'processing', rank: 70, entry: 'transcribing', clock: 'server' },
  awaiting_reconciliation: { state: 'processing', rank: 75, entry: 'bot_problem', clock: 'server' },
  transcription_failed: { ...ended, entry: 'transcription_failed' },
  // The results come with the final event. If it is lost, they come with the details that `needsDetails` asks for.
  completed: ended,
  failed: ended,
  MEET_LOGIN_UNAVAILABLE: loginFailed,
  MEET_LOGIN_REQUIRED: loginFailed,
  MEET_LOGIN_FAILED_SAML_REJECTED: loginFailed,
  MEET_LOGIN_FAILED_TIMEOUT: loginFailed,
}

/** The server announces that it will start the bot again. It has no place in a run, because it comes between two. */
export const retryingCode = 'retrying'
/** The rank of `retrying`: just before the bot's first code. */
export const retryingRank = 12

export const firstInCallRank = 40
export const lastProgressRank = 51
export const firstEndRank = 60
/** From here on the server has the result of the run, and the vendor does not start the bot again. */
export const firstResultRank = 70
/** After this the bot says nothing more, unless it is started again. */
export const lastOfFailedRun = 'recording_failed'
/** The first code of a run. */
export const firstOfRun = 'joining_call'
