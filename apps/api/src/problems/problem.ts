import { type ErrorCode, errorCodes } from '@seer/core/basics/error-codes'
import { z } from 'zod'

export type FieldError = { path: string; message: string }

export const problemType = 'application/problem+json'

const wrongTime =
  'lacks its offset from UTC: write 2030-01-31T14:00:00Z, or 2030-01-31T14:00:00+01:00 for a time one hour ahead of UTC'

/** RFC 9457. One shape for every error of the API. */
export const ProblemDocument = z
  .object({
    type: z
      .string()
      .meta({ description: 'Names the kind of problem. Errors with the same `code` have the same `type`.' }),
    title: z.string().meta({ description: 'What this code means.' }),
    status: z.int(),
    detail: z.string().meta({ description: 'What was wrong this time.' }),
    code: z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]).meta({
      description:
        'For programs: a code never changes its meaning. [The list of codes](/docs/errors) says what to do about each.',
    }),
    requestId: z
      .string()
      .meta({ description: 'Finds the request in the logs. The header `X-Request-Id` has the same value.' }),
    errors: z
      .array(z.object({ path: z.string().meta({ examples: ['meetingUrl'] }), message: z.string() }))
      .optional()
      .meta({ description: 'The fields that are wrong, and what is expected of each.' }),
  })
  .meta({
    id: 'Problem',
    examples: [
      {
        type: 'urn:seer:problem:VALIDATION_FAILED',
        title: errorCodes.VALIDATION_FAILED.title,
        status: 400,
        detail: `joinAt: ${wrongTime}`,
        code: 'VALIDATION_FAILED',
        requestId: '5c0a7f0e-1f4e-4c8e-9a53-0f2f6ce4a1f3',
        errors: [{ path: 'joinAt', message: wrongTime }],
      },
    ],
  })
export type ProblemDocument = z.output<typeof ProblemDocument>

type Facts = {
  /** One sentence for the caller; the code's title when left out. */
  detail?: string
  errors?: FieldError[]
  headers?: Record<string, string>
}

/** An error for the caller. Any code that handles a request may throw it; `error-handler.ts` sends it. */
export class Problem extends Error {
  readonly code: ErrorCode
  readonly statusCode: number
  readonly errors: FieldError[] | undefined
  readonly headers: Record<string, string>

  constructor(code: ErrorCode, { detail, errors, headers }: Facts = {}) {
    super(detail ?? (errors ? sentence(errors) : errorCodes[code].title))
    this.name = 'Problem'
    this.code = code
    this.statusCode = errorCodes[code].status
    this.errors = errors
    this.headers = headers ?? {}
  }
}

export function toDocument({ code, message, errors }: Problem, requestId: string): ProblemDocument {
  const { status, title } = errorCodes[code]
  const document = { type: `urn:seer:problem:${code}`, title, status, detail: message, code, requestId }
  return errors ? { ...document, errors } : document
}

function sentence(errors: FieldError[]): string {
  return errors.map(({ path, message }) => `${path}: ${message}`).join('; ')
}
