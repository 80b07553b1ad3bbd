import type { Meeting, MeetingState } from './meeting.ts'

/** The states before the vendor has started the bot. */
export const notStarted: readonly MeetingState[] = ['pending', 'scheduled']

/**
 * No bots or no tokens were left in the plan. The same bot may be sent later. Our codes, and the vendor's at launch.
 */
const noRoomCodes: readonly string[] = [
  'VENDOR_DAILY_CAP',
  'VENDOR_INSUFFICIENT_TOKENS',
  'DAILY_BOT_CAP_REACHED',
  'INSUFFICIENT_TOKENS',
]

/** Codes of booked bots that failed because the vendor never started them. */
export const neverStartedCodes: readonly string[] = [...noRoomCodes, 'BOT_ALREADY_EXISTS', 'BOT_NOT_STARTED']

/** Whether the bot failed because the vendor's plan had no room. It was never in its meeting. */
export function foundNoRoom({ state, errorCode }: Pick<Meeting, 'state' | 'errorCode'>): boolean {
  return state === 'failed' && errorCode !== null && noRoomCodes.includes(errorCode)
}

/** Our codes for failures that are not about the bot: the vendor could not be asked, or would have refused any bot. */
const passingCodes: readonly string[] = [
  ...['VENDOR_UNAVAILABLE', 'VENDOR_TIMEOUT', 'VENDOR_PROTOCOL', 'VENDOR_RATE_LIMITED'],
  ...['VENDOR_UNAUTHORIZED', 'SERVICE_UNAVAILABLE', 'JOB_TIMED_OUT', 'INTERNAL_ERROR'],
]

type Refusable = Pick<Meeting, 'state' | 'errorCode' | 'meetingBaasId' | 'createAttempts'>

/**
 * Why a failed bot was never made: `refused` when the vendor did not accept the order, `missed` when the bot could not
 * be made in time. Null: it was made, or may have been.
 */
export function neverMade({ state, errorCode, meetingBaasId, createAttempts }: Refusable): 'refused' | 'missed' | null {
  if (state !== 'failed' || meetingBaasId !== null || createAttempts > 0) return null
  return errorCode !== null && passingCodes.includes(errorCode) ? 'missed' : 'refused'
}

type Launch = Pick<Meeting, 'state' | 'errorCode' | 'meetingBaasId' | 'leaveRequestedAt'>

/** Whether a bot counts for the daily limit of the vendor's plan: it was started, or will be. */
export function countsForDay({ state, errorCode, meetingBaasId, leaveRequestedAt }: Launch): boolean {
  if (state === 'cancelled') return false
  if (state === 'failed') return meetingBaasId !== null && !neverStartedCodes.includes(errorCode ?? '')
  return leaveRequestedAt === null || !notStarted.includes(state)
}
