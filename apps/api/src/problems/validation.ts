/** How requests are checked against their zod schemas, and what is said about those that do not fit. */
import type { ErrorCode } from '@seer/core/basics/error-codes'
import { messagesFor, unknownFieldMessage } from '@seer/core/basics/validation-message'
import type { FastifySchemaCompiler, FastifySerializerCompiler } from 'fastify/types/schema.js'
import type { z } from 'zod'
import { type FieldError, Problem } from './problem.ts'

/** Requests of this API are nested 4 levels deep. Thousands of levels would break the recursive code behind this check. */
const deepestNesting = 32
/** How many wrong fields one answer names. */
export const mostErrors = 20

export const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (data: unknown) => {
    const unstorable = httpPart === 'headers' ? null : findUnstorable(data)
    if (unstorable) return { error: new Problem('VALIDATION_FAILED', { errors: [unstorable] }) }
    const parsed = schema.safeParse(data, { error: messagesFor(schema) })
    if (parsed.success) return { value: parsed.data }
    const errors = parsed.error.issues.flatMap((issue) => toFieldErrors(schema, issue)).slice(0, mostErrors)
    return { error: new Problem(codeOf(parsed.error.issues), { errors }) }
  }

/** The special code of a refused field, such as UNKNOWN_CALENDAR_PROVIDER, if nothing else is wrong. */
function codeOf([issue, ...others]: z.core.$ZodIssue[]): ErrorCode {
  const code = issue?.code === 'custom' && others.length === 0 ? issue.params?.['problem'] : undefined
  return code === undefined ? 'VALIDATION_FAILED' : (code as ErrorCode)
}

/** For `ctx.issues`: refuses a field with a special code instead of VALIDATION_FAILED. */
export function refusal(problem: ErrorCode, message: string, input: unknown) {
  return { code: 'custom' as const, message, input, params: { problem } }
}

/**
 * Answers are built field by field from typed values (`to-bot.ts` and its like), so checking them again at run time
 * would only turn an odd vendor value into a 500. Tests hold the answers against the documented schemas.
 */
export const serializerCompiler: FastifySerializerCompiler<unknown> = () => (data) => JSON.stringify(data)

function toFieldErrors(schema: z.ZodType, issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    const message = unknownFieldMessage(schema, issue.path)
    return issue.keys.map((key) => ({ path: pathOf([...issue.path, key]), message }))
  }
  return [{ path: pathOf(issue.path), message: issue.message }]
}

function pathOf(path: PropertyKey[]): string {
  // A key that the caller made up may be of any length.
  return path.map(String).join('.').slice(0, 200) || 'body'
}

type Place = { value: unknown; path: string[] }

/** Finds text that PostgreSQL cannot store (NUL, half a surrogate pair), or nesting that is too deep. Not recursive itself. */
function findUnstorable(body: unknown): FieldError | null {
  const places: Place[] = [{ value: body, path: [] }]
  for (let place = places.pop(); place; place = places.pop()) {
    const { value, path } = place
    if (path.length > deepestNesting) {
      return { path: pathOf(path.slice(0, 3)), message: `is nested deeper than ${deepestNesting} levels` }
    }
    if (typeof value === 'string' && !isStorable(value))
      return { path: pathOf(path), message: 'holds invalid characters' }
    if (typeof value !== 'object' || value === null) continue
    for (const [key, inner] of Object.entries(value)) {
      if (!isStorable(key)) return { path: pathOf(path), message: 'has a field whose name holds invalid characters' }
      places.push({ value: inner, path: [...path, key] })
    }
  }
  return null
}

function isStorable(text: string): boolean {
  return !/\0|\p{Surrogate}/u.test(text)
}
