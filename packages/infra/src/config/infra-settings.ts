import type { Policy } from '@seer/core/planning/policy'
import { z } from 'zod'
import { baseUrlRules, baseUrlSettings } from './base-url.ts'
import { calendarConnectionRules, calendarConnectionSettings } from './calendar-connection-settings.ts'
import { outgoingSettings } from './outgoing-settings.ts'
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
import { speechRules, speechSettings } from './speech-settings.ts'
import { storageSettings } from './storage-settings.ts'

/** API and worker both read these. Give them the same values. */
export const infraSettings = {
  ...baseUrlSettings,
  ...databaseSettings,
  ...queueSettings,
  ...vendorSettings,
  ...botSettings,
  ...sharingSettings,
  ...storageSettings,
  ...speechSettings,
  ...calendarSettings,
  ...calendarConnectionSettings,
  ...outgoingSettings,
  ...loggingSettings,
  ...environmentSettings,
}

/** Rules about several of these settings together. */
export const infraRules = [...baseUrlRules, ...calendarConnectionRules, ...speechRules]

const schema = z.object(infraSettings)
export type InfraSettings = z.output<typeof schema>

/** The settings that hold for all bots. */
export function policyOf(settings: InfraSettings): Policy {
  return {
    defaults: botDefaults(settings),
    byRule: settings.AUTO_SCHEDULE,
    sharing: settings.BOT_SHARING,
    lateAccess: settings.BOT_SHARING_LATE,
  }
}
