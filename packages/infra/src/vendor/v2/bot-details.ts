/** The vendor's answers about one bot, and what they mean. */
import type { CompletedFact, Fact, FailedFact, StatusFact } from '@seer/core/vendor/facts'
import { z } from 'zod'
import { instantOrNull, proseOrNull, statusCode, token } from '../wire/fields.ts'
import type { People } from './people.ts'
import { resultFields, toResults } from './results.ts'

const nobody: People = { people: [], unreadable: 0 }

/**
 * A field that cannot be read counts as missing. Details are the last source there is, so one odd name must not keep a
 * run from ending. (Webhooks are strict. When one is refused, Seer reads the details.)
 */
const lenientResultFields = Object.fromEntries(
  Object.entries(resultFields).map(([name, field]) => [
    name,
    (field as z.ZodType).catch(name === 'participants' || name === 'speakers' ? nobody : null),
  ]),
) as unknown as typeof resultFields

export const detailsAnswer = z
  .object({
    data: z.object({
      status: statusCode,
      error_code: token(200).nullish().catch(null),
      error_message: proseOrNull(2_000).catch(null),
      ...lenientResultFields,
    }),
  })
  .transform(({ data }) => ({ data, unreadable: data.participants.unreadable + data.speakers.unreadable }))
type Details = z.output<typeof detailsAnswer>['data']

/** The vendor's statuses for a failed run. All but `failed` are newer than SDK 6.0.5. */
const failedStatuses = /^(failed|transcription_failed|MEET_LOGIN_\w+)$/

/** @param readAt when the details were read; the vendor signs the links for this read */
export function factFromDetails(details: Details, readAt: Date): CompletedFact | FailedFact | StatusFact {
  const { status: code } = details
  if (code === 'completed') return { kind: 'completed', at: null, ...toResults(details, readAt) }
  if (!failedStatuses.test(code)) return { kind: 'status', code, at: null, message: null, recordingStartedAt: null }
  const results = toResults(details, readAt)
  const hasResults = Object.values(results.artifacts).some((link) => link !== null)
  return {
    kind: 'failed',
    at: null,
    code: details.error_code ?? (code === 'failed' ? 'UNKNOWN_ERROR' : code.toUpperCase()),
    message: details.error_message,
    results: hasResults ? results : null,
  }
}

export const statusAnswer = z.object({
  data: z.object({ status: statusCode, updated_at: instantOrNull.catch(null) }),
})

export function factFromStatus({ data }: z.output<typeof statusAnswer>): StatusFact {
  return {
    kind: 'status',
    code: data.status,
    at: null,
    notedAt: data.updated_at,
    message: null,
    recordingStartedAt: null,
  }
}

export const scheduledAnswer = z.object({
  data: z.object({ status: statusCode, cancelled_at: instantOrNull.catch(null) }),
})

/** For a booking that has no bot yet. Null: the booking waits for its time. */
export function factFromScheduled({ data }: z.output<typeof scheduledAnswer>): Fact | null {
  switch (data.status) {
    case 'cancelled':
      return { kind: 'cancelled', at: data.cancelled_at }
    case 'failed': {
      const message = 'Meeting BaaS could not start the scheduled bot.'
      return { kind: 'failed', at: null, code: 'UNKNOWN_ERROR', message, results: null }
    }
    case 'completed':
      return { kind: 'status', code: queuedStatus, at: null, message: null, recordingStartedAt: null }
    default:
      return null
  }
}

/** A booking is `completed` when its bot was made and waits to be started. It says nothing about a recording. */
export const queuedStatus = 'queued'
