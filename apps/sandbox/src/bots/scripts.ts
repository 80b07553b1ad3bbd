import type { Failure, Step } from './bot.ts'
import type { BotConfig } from './bot-config.ts'
import { namesMeeting } from './meeting-link.ts'
import type { Platform } from './platform.ts'
import type { Plan, Timings } from './scenarios.ts'

/** What a script depends on. `hold`: how many virtual seconds from now the bot must stay outside the meeting. */
export type ScriptContext = { plan: Plan; platform: Platform; config: BotConfig; hold: number }

/** A pickup that takes longer, in virtual seconds, is announced as `pickup_delayed`. */
const pickupDelayedAfter = 60

/** How often the vendor starts a failed run again. The number is in the vendor's error message. */
export const internalRetryLimit = 10

const failures = {
  refused: { code: 'BOT_NOT_ACCEPTED', message: 'The host refused the join request.' },
  lobbyTimeout: {
    code: 'TIMEOUT_WAITING_TO_START',
    message: 'Nobody let the bot in before its waiting-room limit.',
  },
  hostAbsent: { code: 'WAITING_FOR_HOST_TIMEOUT', message: 'The host did not start the meeting in time.' },
  removedTooEarly: { code: 'BOT_REMOVED_TOO_EARLY', message: 'The bot was removed right after it joined.' },
  loginRequired: { code: 'LOGIN_REQUIRED', message: 'The meeting only admits signed-in participants.' },
  invalidUrl: { code: 'INVALID_MEETING_URL', message: 'The meeting does not exist at this URL.' },
  meetingEnded: { code: 'MEETING_ENDED_PREMATURELY', message: 'The meeting ended before anything was recorded.' },
  stopped: {
    code: 'EXITING_MEETING_BEFORE_RECORD',
    message: 'Stopped by the caller before any recording existed.',
  },
  crashed: { code: 'OOM_KILLED', message: 'The bot process ran out of memory.' },
  transcription: {
    code: 'TRANSCRIPTION_FAILED',
    message: 'The transcription provider could not process the recording.',
  },
} as const satisfies Record<string, Failure>

/** The whole life of a bot from `queued`, in the order that the vendor documents for each outcome. */
export function scriptFor(context: ScriptContext): Step[] {
  const { timings } = context.plan
  const arrive = [...pickUp(timings), ...enterWaitingRoom(timings)]
  // Without a meeting no scenario can happen.
  if (!namesMeeting(context.config.meeting_url, context.platform)) return invalidUrl(context)
  switch (context.plan.scenario) {
    case 'lobby':
    case 'lobby_timeout':
      return [...arrive, ...lobbyTimeout(context)]
    case 'refused':
      return [...arrive, ...refused(context, timings.refusal + context.hold)]
    case 'host_absent':
      return context.platform === 'zoom'
        ? [...pickUp(timings), ...hostAbsent(context)]
        : [...arrive, ...lobbyTimeout(context)]
    case 'login_required':
      return [...pickUp(timings), ...failing(context, timings.join, 'meeting_error', failures.loginRequired)]
    case 'invalid_url':
      return invalidUrl(context)
    case 'internal_retry':
      return [...arrive, internalFailure(timings), ...rejoin(timings), ...admitted(context)]
    default:
      return [...arrive, ...admitted(context)]
  }
}

function invalidUrl(context: ScriptContext): Step[] {
  const { timings } = context.plan
  return [...pickUp(timings), ...failing(context, timings.join, 'invalid_meeting_url', failures.invalidUrl)]
}

/** What happens after somebody lets the bot in. */
export function admitted(context: ScriptContext): Step[] {
  const { timings, scenario } = context.plan
  const inCall: Step[] = [
    { after: timings.admit + context.hold, status: 'in_call_not_recording' },
    { after: timings.startRecording, status: 'in_call_recording' },
  ]
  switch (scenario) {
    case 'kicked':
      return [...inCall, ...callEnds(context, Math.ceil(timings.meeting / 2))]
    case 'kicked_at_once':
      return [...inCall, ...removedTooEarly(context, 5)]
    case 'nobody_came': {
      const { no_one_joined_timeout, grace_period } = context.config.timeout_config
      return [...inCall, ...callEnds(context, no_one_joined_timeout + grace_period)]
    }
    case 'crash':
      return [...inCall, crash(timings.crash)]
    default:
      return [...inCall, ...callEnds(context, timings.meeting)]
  }
}

/** The recorded call ends after `after` virtual seconds. Then recording and transcript are processed. */
export function callEnds(context: ScriptContext, after: number): Step[] {
  const { timings, scenario } = context.plan
  const ended: Step[] = [
    { after, status: 'call_ended' },
    { after: timings.upload, status: 'recording_succeeded' },
  ]
  if (!context.config.transcription_enabled) return [...ended, { after: 1, status: 'completed' }]
  const outcome: Step =
    scenario === 'transcription_failed'
      ? { after: timings.transcription, status: 'failed', failure: failures.transcription }
      : { after: timings.transcription, status: 'completed' }
  return [...ended, { after: 1, status: 'transcribing' }, outcome]
}

export function refused(context: ScriptContext, after: number): Step[] {
  return failing(context, after, 'bot_rejected', failures.refused)
}

export function removedTooEarly(context: ScriptContext, after: number): Step[] {
  return failing(context, after, 'bot_removed_too_early', failures.removedTooEarly)
}

export function meetingEndedEarly(context: ScriptContext, after: number): Step[] {
  return failing(context, after, 'meeting_error', failures.meetingEnded)
}

/** The caller told the bot to leave before anything was recorded. */
export function stoppedBeforeRecording(after: number): Step[] {
  return fail(after, failures.stopped)
}

/** The bot process dies. The bot says nothing; the server reports the failure. */
export function crash(after: number): Step {
  return { after, status: 'failed', failure: failures.crashed }
}

function pickUp(timings: Timings): Step[] {
  if (timings.pickup <= pickupDelayedAfter) return [{ after: timings.pickup, status: 'joining_call' }]
  return [
    { after: pickupDelayedAfter, status: 'pickup_delayed' },
    { after: timings.pickup - pickupDelayedAfter, status: 'joining_call' },
  ]
}

/** The bot reports a waiting room on every platform, even when there is no lobby. */
function enterWaitingRoom(timings: Timings): Step[] {
  return [{ after: timings.join, status: 'in_waiting_room' }]
}

function rejoin(timings: Timings): Step[] {
  return [{ after: timings.retry, status: 'joining_call' }, ...enterWaitingRoom(timings)]
}

function internalFailure(timings: Timings): Step {
  const message = `Internal error while joining the meeting. (retry 1/${internalRetryLimit})`
  return { after: timings.admit, status: 'recording_failed', message }
}

function lobbyTimeout(context: ScriptContext): Step[] {
  const wait = context.config.timeout_config.waiting_room_timeout + context.hold
  return failing(context, wait, 'waiting_room_timeout', failures.lobbyTimeout)
}

function hostAbsent(context: ScriptContext): Step[] {
  const wait = context.config.timeout_config.waiting_room_timeout + context.hold
  return [{ after: context.plan.timings.join, status: 'in_waiting_for_host' }, ...fail(wait, failures.hostAbsent)]
}

/**
 * The end of a failed run: the code that says why, then `recording_failed`, then `failed`. Zoom bots skip the first
 * code (Meeting BaaS docs: the explaining codes are for Google Meet and Microsoft Teams).
 */
function failing(context: ScriptContext, after: number, why: Step['status'], failure: Failure): Step[] {
  if (context.platform === 'zoom') return fail(after, failure)
  const explained: Step = { after, status: why }
  if (why === 'meeting_error') explained.message = failure.message
  return [explained, ...fail(1, failure)]
}

function fail(after: number, failure: Failure): Step[] {
  return [
    { after, status: 'recording_failed', message: failure.message },
    { after: 2, status: 'failed', failure },
  ]
}
