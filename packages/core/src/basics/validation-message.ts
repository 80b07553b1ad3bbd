/**
 * Says what is wrong with a value that does not fit its schema. A message goes behind the name of the field, such as
 * "must be a whole number", and has an example where one helps. API, worker and CLI all use these words.
 */
import type { z } from 'zod'
import { exampleAt, fieldsAt } from './schema-place.ts'

type Issue = z.core.$ZodRawIssue

/** Longer lists of allowed values or fields are cut: nobody reads them. */
const mostListed = 15

/**
 * For `schema.safeParse(data, { error: messagesFor(schema) })`. A schema's own messages come first. A message repeats
 * what was sent in only one case: a time without an offset.
 */
export function messagesFor(schema: z.ZodType): z.core.$ZodErrorMap {
  return (issue) => {
    const example = exampleAt(schema, issue.path ?? [])
    const message = describe(issue)
    const wantsExample = issue.code === 'invalid_type' && example !== undefined
    return wantsExample ? `${message}, such as ${example}` : message
  }
}

/** The message about a field that the schema does not have. `path` is the object that the field was found in. */
export function unknownFieldMessage(schema: z.ZodType, path: readonly PropertyKey[]): string {
  const known = fieldsAt(schema, path)
  if (known.length === 0) return 'is not a field of this request'
  return `is not a field of this request; the fields here are ${list(known)}`
}

function describe(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return describeType(issue)
    case 'invalid_value':
      return describeChoice(issue.values, issue.input)
    case 'invalid_format':
      return describeFormat(issue.format, issue.input)
    case 'too_small':
    case 'too_big':
      return describeBound(issue)
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`
    case 'unrecognized_keys':
      return 'has fields that are not part of this request'
    default:
      return 'is not in a form that this field accepts'
  }
}

const typeWords: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
}

function describeType({ expected, input }: Issue & { code: 'invalid_type' }): string {
  const words = typeWords[expected] ?? `a ${expected}`
  return input === undefined ? `is required and must be ${words}` : `must be ${words}`
}

function describeChoice(values: readonly z.core.util.Primitive[], input: unknown): string {
  const [only] = values
  const choice = values.length === 1 ? String(only) : `one of ${list(values.map(String))}`
  return input === undefined ? `is required and must be ${choice}` : `must be ${choice}`
}

const exampleTime = '2030-01-31T14:00:00Z or 2030-01-31T14:00:00+01:00'
const formatWords: Record<string, string> = {
  datetime: `an ISO 8601 time with its offset from UTC, such as ${exampleTime}`,
  date: 'a date, such as 2030-01-31',
  url: 'a web address, such as https://example.com/path',
  email: 'an e-mail address, such as ines@example.com',
  uuid: 'a UUID, such as 018f6f3e-7b1a-7c3d-9d2e-5a4b3c2d1e0f',
  guid: 'a UUID, such as 018f6f3e-7b1a-7c3d-9d2e-5a4b3c2d1e0f',
}

/** A time without an offset, as people write it when they think of their own clock. */
const withoutOffset = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/

function describeFormat(format: string, input: unknown): string {
  if (format === 'datetime' && typeof input === 'string' && withoutOffset.test(input)) {
    const time = input.length === 'YYYY-MM-DDThh:mm'.length ? `${input}:00` : input
    return `lacks its offset from UTC: write ${time}Z, or ${time}+01:00 for a time one hour ahead of UTC`
  }
  return `must be ${formatWords[format] ?? 'in another format'}`
}

type Bound = Extract<Issue, { code: 'too_small' | 'too_big' }>

function describeBound(issue: Bound): string {
  const isTooSmall = issue.code === 'too_small'
  const bound = isTooSmall ? issue.minimum : issue.maximum
  const limit = `${isTooSmall ? 'at least' : 'at most'} ${bound}`
  if (issue.origin === 'string' && isTooSmall && bound === 1) return 'must not be empty'
  if (issue.origin === 'string') return `must have ${limit} characters`
  if (issue.origin === 'array') return `must have ${limit} ${bound === 1 ? 'entry' : 'entries'}`
  return `must be ${limit}`
}

function list(words: readonly string[]): string {
  const shown = words.slice(0, mostListed).join(', ')
  return words.length > mostListed ? `${shown} …` : shown
}
