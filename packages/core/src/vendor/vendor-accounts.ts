import type { VendorBots } from './vendor-bots.ts'
import type { VendorCalendars } from './vendor-calendars.ts'
import type { VendorLimits } from './vendor-limits.ts'
import type { WebhookReader } from './webhook-reader.ts'

/** The account that the settings of the installation name. */
export const defaultAccount = 'default'

/** One account at the vendor: what can be asked of it, by its credentials and within its limits. */
export type VendorAccount = {
  bots: VendorBots
  calendars: VendorCalendars
  limits: VendorLimits
  /** How many bots its plan allows within 24 hours. Null when the operator has not said. */
  botsPerDay: number | null
  /** Reads what the vendor sends about this account's bots and calendars. */
  reader: WebhookReader
}

/** The accounts at the vendor that this installation works with. */
export interface VendorAccounts {
  /** Opens the account at its first use. @throws Error when there is no such account */
  of(accountId: string): VendorAccount
}
