import { isFinal } from '../../meetings/meeting.ts'
import type { OthersBot } from '../scheduling-store.ts'

/**
 * Whether a plan may count on a bot of another user: one that stays, or, for who shares it already, that was in the
 * gathering and is on its way out, since the recording is there.
 */
export function isSharable({ meeting, share, mayShare }: OthersBot): boolean {
  if (!mayShare || isFinal(meeting.state)) return false
  const stays = meeting.leaveRequestedAt === null
  return share === null ? stays && meeting.exitedAt === null : stays || meeting.joinedAt !== null
}
