import { messagesFor } from '@seer/core/basics/validation-message'
import { z } from 'zod'

/** Lists all problems of the environment, one line each. A line names the variable, never its value. */
export class ConfigurationError extends Error {
  readonly problems: string[]

  constructor(problems: string[]) {
    super(['The configuration cannot be used:', ...problems.map((line) => `  ${line}`)].join('\n'))
    this.name = 'ConfigurationError'
    this.problems = problems
  }
}

/** The schema of one process: environment variable → type, made of the fragments in this folder. */
export type SettingsSchema = z.ZodObject

/** A condition about several variables, which the schema of a single variable cannot express. */
export type SettingsRule<Settings> = {
  variable: string
  message: string
  isBroken: (settings: Partial<Settings>) => boolean
}

/**
 * Reads a process's settings from the environment, once, at start. An empty variable counts as not set, because compose
 * files and CI pass on variables that they do not have as empty text. Unknown variables are ignored.
 * @throws ConfigurationError with all problems at once
 */
export function parseEnvironment<Schema extends SettingsSchema>(
  schema: Schema,
  environment: Record<string, string | undefined>,
  rules: SettingsRule<z.output<Schema>>[] = [],
): z.output<Schema> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim() !== ''))
  const parsed = schema.safeParse(given, { error: messagesFor(schema) })
  const problems = parsed.success ? [] : parsed.error.issues.map((issue) => describe(issue, given))
  const known = parsed.success ? parsed.data : readable(schema, given)
  for (const { variable, message, isBroken } of rules) if (isBroken(known)) problems.push(`${variable}: ${message}`)
  if (!parsed.success || problems.length > 0) throw new ConfigurationError(problems)
  return parsed.data
}

function describe({ path, message }: z.core.$ZodIssue, given: Record<string, unknown>): string {
  const variable = String(path[0])
  return given[variable] === undefined ? `${variable}: is required` : `${variable}: ${message}`
}

/** The variables that are right by themselves. With them the rules can be checked even if other variables are wrong. */
function readable<Schema extends SettingsSchema>(
  schema: Schema,
  given: Record<string, unknown>,
): Partial<z.output<Schema>> {
  const entries = Object.entries(schema.shape).map(([name, field]) => [name, z.safeParse(field, given[name])] as const)
  return Object.fromEntries(
    entries.filter(([, result]) => result.success).map(([name, result]) => [name, result.data]),
  ) as Partial<z.output<Schema>>
}
