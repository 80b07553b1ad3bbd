import { ZodError, type ZodType } from 'zod'

/** An error answer of the sandbox's own API: a status and a sentence. */
export class ControlError extends Error {
  readonly statusCode: number

  constructor(statusCode: number, message: string) {
    super(message)
    this.statusCode = statusCode
  }
}

export function notFound(what: string): ControlError {
  return new ControlError(404, `There is no such ${what}.`)
}

/** Parses a part of a request. @throws ControlError 400 with the names of the wrong fields */
export function read<Output>(schema: ZodType<Output>, value: unknown): Output {
  try {
    return schema.parse(value ?? {})
  } catch (error) {
    if (!(error instanceof ZodError)) throw error
    throw new ControlError(400, error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
  }
}
