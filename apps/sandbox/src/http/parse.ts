import { ZodError, type ZodType, z } from 'zod'
import { botNotFound, describeIssues, invalid } from './vendor-error.ts'

/** Parses a part of a request. @throws VendorError 400 with the names of the wrong fields */
export function parse<Output>(where: 'body' | 'querystring', schema: ZodType<Output>, value: unknown): Output {
  return rejectInvalid(where, () => schema.parse(value))
}

/** Runs a parser and turns its error into the vendor's 400. */
export function rejectInvalid<Output>(where: string, run: () => Output): Output {
  try {
    return run()
  } catch (error) {
    if (error instanceof ZodError) throw invalid(describeIssues(where, error))
    throw error
  }
}

const uuid = z.uuid()

/** The bot with the id in a path. 400 when it is not a UUID, 404 when `find` does not find it. */
export function findByPathId<Found>(params: unknown, find: (id: string) => Found | undefined): Found {
  const { bot_id: id } = params as { bot_id: string }
  if (!uuid.safeParse(id).success) throw invalid('params/bot_id Invalid UUID')
  const found = find(id.toLowerCase())
  if (!found) throw botNotFound()
  return found
}
