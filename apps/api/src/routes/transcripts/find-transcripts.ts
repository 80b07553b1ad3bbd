import { isDeleted } from '@seer/core/meetings/deletion/data-deletion'
import type { Meeting } from '@seer/core/meetings/meeting'
import { chooseTranscript } from '@seer/core/recordings/transcripts/choose-transcript'
import type { Transcript } from '@seer/core/recordings/transcripts/transcript'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'

/** All versions, the newest first. Deleted ones are not shown, also while they are still being removed. */
export async function versionsOf(
  { db }: { db: Pick<ApiDeps['db'], 'transcripts'> },
  meeting: Meeting,
): Promise<Transcript[]> {
  return isDeleted(meeting, 'transcripts') ? [] : await db.transcripts.list(meeting.id)
}

const details = {
  deleted: 'The transcripts of this bot were deleted. GET …/data shows the receipt.',
  meeting_goes_on: 'The transcript is made when the bot has ended. `state` of the bot shows how far it is.',
  not_copied: 'The transcript is still to be copied from Meeting BaaS. GET …/recordings shows how far that is.',
  being_made: 'The transcript is being made.',
  no_version: 'The transcript has no version with this number. GET …/transcripts lists those that it has.',
  not_asked_for: 'No transcript was asked for. POST …/retranscribe makes one of the recording.',
  not_made:
    'Meeting BaaS made no transcript, or one that cannot be read. POST …/retranscribe makes one of the recording.',
  nothing_recorded: 'The bot has ended, and there is no recording that a transcript could be made of.',
}

/**
 * @param version the current one when undefined
 * @throws Problem TRANSCRIPT_NOT_READY, TRANSCRIPT_FAILED, NO_TRANSCRIPT
 */
export function requireTranscript(meeting: Meeting, versions: readonly Transcript[], version?: number): Transcript {
  const chosen = chooseTranscript(meeting, versions, version ?? null)
  switch (chosen.outcome) {
    case 'found':
      return chosen.transcript
    case 'not_ready':
      throw new Problem('TRANSCRIPT_NOT_READY', { detail: details[chosen.because], headers: { 'retry-after': '60' } })
    case 'failed':
      throw new Problem('TRANSCRIPT_FAILED', { detail: failureOf(chosen.transcript) })
    case 'none':
      throw new Problem('NO_TRANSCRIPT', { detail: details[chosen.because] })
  }
}

function failureOf({ errorCode, errorMessage }: Transcript): string {
  return errorMessage ? `${errorMessage} (${errorCode})` : `It failed with ${errorCode}.`
}
