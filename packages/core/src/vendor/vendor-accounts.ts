import type { VendorBots } from './vendor-bots.ts'
import type { VendorCalendars } from './vendor-calendars.ts'
import type { VendorLimits } from './vendor-limits.ts'
import type { WebhookReader } from './webhook-reader.ts'

/** The account of the environment settings. */
export const defaultAccount = 'default'

/** One account at the vendor, with its own credentials and limits. */
export type VendorAccount = {
  bots: VendorBots
  calendars: VendorCalendars
  limits: VendorLimits
  /** How many bots the account's plan allows within 24 hours; null when the operator has not said. */
  botsPerDay: number | null
  /** Reads what the vendor sends about this account's bots and calendars. */
  reader: WebhookReader
}

/** The accounts at the vendor that this installation uses. */
export interface VendorAccounts {
  /** Opens the account when it is first used. @throws Error when there is no such account */
  of(accountId: string): VendorAccount
}
