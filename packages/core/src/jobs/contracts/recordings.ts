import { z } from 'zod'
import { defineJob } from '../define-job.ts'
import { urgency } from '../urgency.ts'
import { meetingRound, minutes, oneAMeeting, seconds } from './terms.ts'

/** Turns the results of an ended run into artifacts. The requeue-stuck sweep starts it again until that is done. */
export const collectArtifactsJob = defineJob({
  name: 'collect-artifacts',
  queue: 'recordings',
  payload: meetingRound,
  retry: { attempts: 4, firstDelayMs: 3 * seconds, maxDelayMs: 60 * seconds },
  timeoutMs: 60 * seconds,
  latest: oneAMeeting,
  urgency: urgency.soon,
})

/** Copies one file. What can go wrong with it is written on the artifact, which then owes another attempt. */
export const copyArtifactJob = defineJob({
  name: 'copy-artifact',
  queue: 'recordings',
  payload: z.object({ artifactId: z.uuid() }),
  retry: { attempts: 2, firstDelayMs: 5 * seconds, maxDelayMs: 30 * seconds },
  timeoutMs: 4 * 60 * minutes,
  latest: (p) => p.artifactId,
  urgency: urgency.soon,
})

/** Removes the file of a deleted artifact from the storage. */
export const deleteArtifactJob = defineJob({
  name: 'delete-artifact',
  queue: 'recordings',
  payload: z.object({ artifactId: z.uuid() }),
  retry: { attempts: 4, firstDelayMs: 2 * seconds, maxDelayMs: 60 * seconds },
  timeoutMs: 60 * seconds,
  latest: (p) => p.artifactId,
  urgency: urgency.soon,
})

/** Deletes the data of a bot, here and at the vendor. The requeue-stuck sweep starts it again until all of it is gone. */
export const deleteDataJob = defineJob({
  name: 'delete-data',
  queue: 'recordings',
  payload: meetingRound,
  retry: { attempts: 4, firstDelayMs: 2 * seconds, maxDelayMs: 60 * seconds },
  timeoutMs: 90 * seconds,
  latest: oneAMeeting,
  urgency: urgency.soon,
})

/** Makes the stored transcription the transcript of the meeting, and grades the delivery with it. */
export const readTranscriptJob = defineJob({
  name: 'read-transcript',
  queue: 'recordings',
  payload: z.object({ meetingId: z.uuid() }),
  retry: { attempts: 4, firstDelayMs: 2 * seconds, maxDelayMs: 30 * seconds },
  timeoutMs: 5 * minutes,
  latest: oneAMeeting,
  urgency: urgency.now,
})

/**
 * Makes a transcript that was ordered. What can go wrong with it is written on the transcript, which then owes another
 * attempt. A server of one's own may need hours.
 */
export const retranscribeJob = defineJob({
  name: 'retranscribe',
  queue: 'recordings',
  payload: z.object({ transcriptId: z.uuid() }),
  retry: { attempts: 2, firstDelayMs: 5 * seconds, maxDelayMs: 30 * seconds },
  timeoutMs: 4 * 60 * minutes,
  latest: (p) => p.transcriptId,
  urgency: urgency.soon,
})

/** Says what a finished run has delivered. */
export const gradeDeliveryJob = defineJob({
  name: 'grade-delivery',
  queue: 'recordings',
  payload: z.object({ meetingId: z.uuid() }),
  retry: { attempts: 4, firstDelayMs: 2 * seconds, maxDelayMs: 30 * seconds },
  timeoutMs: 60 * seconds,
  latest: oneAMeeting,
  urgency: urgency.now,
})
