import { parseEnvironment } from '@seer/infra/config/parse-environment'
import { baseUrlSettings, databaseSettings, providerSettings, queueSettings } from '@seer/infra/config/settings'
import { z } from 'zod'

/** What every command reads: where the data is. */
const cliSettings = z.object({ ...databaseSettings, ...queueSettings })
export type CliSettings = z.output<typeof cliSettings>

/** What `backfill` reads besides: how to ask the vendor. */
const vendorSettings = z.object({ ...cliSettings.shape, ...baseUrlSettings, ...providerSettings })
export type VendorSettings = z.output<typeof vendorSettings>

/** @throws ConfigurationError with all problems at once */
export function readVendorSettings(environment: NodeJS.ProcessEnv = process.env): VendorSettings {
  return parseEnvironment(vendorSettings, environment)
}

/** @throws ConfigurationError with all problems at once */
export function readSettings(environment: NodeJS.ProcessEnv = process.env): CliSettings {
  return parseEnvironment(cliSettings, environment)
}
