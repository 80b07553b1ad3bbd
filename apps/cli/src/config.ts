import { encryptionKeySettings } from '@seer/infra/config/calendar-connection-settings'
import { infraSettings } from '@seer/infra/config/infra-settings'
import { parseEnvironment, type SettingsRule } from '@seer/infra/config/parse-environment'
import { databaseSettings, queueSettings } from '@seer/infra/config/settings'
import { z } from 'zod'

/** Every command reads these: they say where the data is. */
const cliSettings = z.object({ ...databaseSettings, ...queueSettings })
export type CliSettings = z.output<typeof cliSettings>

/** `backfill` reads what API and worker read: how to reach the vendor, and how bots report their end. */
const backfillSettings = z.object(infraSettings)
export type BackfillSettings = z.output<typeof backfillSettings>

/** `tokens` also reads the keys that encrypt the tokens. */
const tokenSettings = z.object({ ...cliSettings.shape, ...encryptionKeySettings })
export type TokenSettings = z.output<typeof tokenSettings>

const keysAreRequired: SettingsRule<TokenSettings> = {
  variable: 'ENCRYPTION_KEYS',
  message: 'is required',
  isBroken: ({ ENCRYPTION_KEYS }) => ENCRYPTION_KEYS?.length === 0,
}

/** @throws ConfigurationError with all problems at once */
export function readTokenSettings(environment: NodeJS.ProcessEnv = process.env): TokenSettings {
  return parseEnvironment(tokenSettings, environment, [keysAreRequired])
}

/** @throws ConfigurationError with all problems at once */
export function readBackfillSettings(environment: NodeJS.ProcessEnv = process.env): BackfillSettings {
  return parseEnvironment(backfillSettings, environment)
}

/** @throws ConfigurationError with all problems at once */
export function readSettings(environment: NodeJS.ProcessEnv = process.env): CliSettings {
  return parseEnvironment(cliSettings, environment)
}
