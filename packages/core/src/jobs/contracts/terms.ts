/** What the contracts of several queues say alike. */
import { z } from 'zod'

export const seconds = 1_000
export const minutes = 60 * seconds
/** The payload of a job that a meeting owes. */
export const meetingRound = z.object({ meetingId: z.uuid(), round: z.int().min(0) })
export const oneAMeeting = (p: { meetingId: string }) => p.meetingId
export const nothing = z.object({})
