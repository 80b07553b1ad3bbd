import { isFinal } from '../../meetings/meeting.ts'
import type { OthersBot } from '../scheduling-store.ts'

/**
 * Whether a plan may count on a bot of another user. The bot must stay. For a user who shares it already, it is enough
 * that the bot was in the gathering, even if it is leaving now: the recording exists.
 */
export function isSharable({ meeting, share, mayShare }: OthersBot): boolean {
  if (!mayShare || isFinal(meeting.state)) return false
  const stays = meeting.leaveRequestedAt === null
  return share === null ? stays && meeting.exitedAt === null : stays || meeting.joinedAt !== null
}
