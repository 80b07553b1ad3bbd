import type { Meeting, MeetingState } from './meeting.ts'

/** States in which the vendor has not started the bot. */
export const notStarted: readonly MeetingState[] = ['pending', 'scheduled']

/** The plan was exhausted: the day's bots, or the tokens. The same bot may be sent later. Ours, and the vendor's at launch. */
const noRoomCodes: readonly string[] = [
  'PROVIDER_DAILY_CAP',
  'PROVIDER_INSUFFICIENT_TOKENS',
  'DAILY_BOT_CAP_REACHED',
  'INSUFFICIENT_TOKENS',
]

/** Codes with which a booked bot fails that the vendor never started. */
export const neverStartedCodes: readonly string[] = [...noRoomCodes, 'BOT_ALREADY_EXISTS', 'BOT_NOT_STARTED']

/** Whether the bot failed because the vendor's plan had no room for it. It was never in its meeting. */
export function foundNoRoom({ state, errorCode }: Pick<Meeting, 'state' | 'errorCode'>): boolean {
  return state === 'failed' && errorCode !== null && noRoomCodes.includes(errorCode)
}

type Launch = Pick<Meeting, 'state' | 'errorCode' | 'meetingBaasId' | 'leaveRequestedAt'>

/** Whether a bot counts for the daily limit of the vendor's plan: it was started, or it will be. */
export function countsForDay({ state, errorCode, meetingBaasId, leaveRequestedAt }: Launch): boolean {
  if (state === 'cancelled') return false
  if (state === 'failed') return meetingBaasId !== null && !neverStartedCodes.includes(errorCode ?? '')
  return leaveRequestedAt === null || !notStarted.includes(state)
}
