import type { Policy } from '@seer/core/planning/policy'
import { z } from 'zod'
import { baseUrlRules, baseUrlSettings } from './base-url.ts'
import { calendarConnectionRules, calendarConnectionSettings } from './calendar-connection-settings.ts'
import {
  botDefaults,
  botSettings,
  calendarSettings,
  databaseSettings,
  environmentSettings,
  loggingSettings,
  queueSettings,
  sharingSettings,
  vendorSettings,
} from './settings.ts'

/** What API and worker both read. They must be given the same values. */
export const infraSettings = {
  ...baseUrlSettings,
  ...databaseSettings,
  ...queueSettings,
  ...vendorSettings,
  ...botSettings,
  ...sharingSettings,
  ...calendarSettings,
  ...calendarConnectionSettings,
  ...loggingSettings,
  ...environmentSettings,
}

/** What cannot be true of these settings together. */
export const infraRules = [...baseUrlRules, ...calendarConnectionRules]

const schema = z.object(infraSettings)
export type InfraSettings = z.output<typeof schema>

/** What the settings say about all bots. */
export function policyOf(settings: InfraSettings): Policy {
  return {
    defaults: botDefaults(settings),
    byRule: settings.AUTO_SCHEDULE,
    sharing: settings.BOT_SHARING,
    lateAccess: settings.BOT_SHARING_LATE,
  }
}
