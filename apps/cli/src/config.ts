import { parseEnvironment } from '@seer/infra/config/parse-environment'
import { databaseSettings, queueSettings } from '@seer/infra/config/settings'
import { z } from 'zod'

/** What the operator CLI reads: where the data is. Secrets of the vendor are none of its business. */
export const cliSettings = z.object({ ...databaseSettings, ...queueSettings })
export type CliSettings = z.output<typeof cliSettings>

/** @throws ConfigurationError with all problems at once */
export function readSettings(environment: NodeJS.ProcessEnv): CliSettings {
  return parseEnvironment(cliSettings, environment)
}
