import { baseUrlSettings } from '@seer/infra/config/base-url'
import { encryptionKeySettings } from '@seer/infra/config/calendar-connection-settings'
import { parseEnvironment, type SettingsRule } from '@seer/infra/config/parse-environment'
import { databaseSettings, providerSettings, queueSettings } from '@seer/infra/config/settings'
import { z } from 'zod'

/** Every command reads these: where the data is. */
const cliSettings = z.object({ ...databaseSettings, ...queueSettings })
export type CliSettings = z.output<typeof cliSettings>

/** `backfill` also reads how to reach the vendor. */
const vendorSettings = z.object({ ...cliSettings.shape, ...baseUrlSettings, ...providerSettings })
export type VendorSettings = z.output<typeof vendorSettings>

/** `tokens` also reads the keys with which tokens are encrypted. */
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
export function readVendorSettings(environment: NodeJS.ProcessEnv = process.env): VendorSettings {
  return parseEnvironment(vendorSettings, environment)
}

/** @throws ConfigurationError with all problems at once */
export function readSettings(environment: NodeJS.ProcessEnv = process.env): CliSettings {
  return parseEnvironment(cliSettings, environment)
}
