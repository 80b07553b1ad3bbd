/** The field `meetingUrl` of orders and lists. */
import { explainLink, type LinkProblem } from '@seer/core/meetings/link/meeting-url'
import { z } from 'zod'
import { Problem } from '../../problems/problem.ts'

/** A mail filter makes a link long, and several filters make it very long. */
export const meetingUrlField = z.string().min(1).max(8_192)

/** Says where the link leads, and what to send instead. */
export function unsupportedUrl(problem: LinkProblem): Problem {
  const message = `is not a Zoom, Google Meet or Microsoft Teams meeting link. ${explainLink(problem)}`
  return new Problem('UNSUPPORTED_MEETING_URL', { errors: [{ path: 'meetingUrl', message }] })
}
