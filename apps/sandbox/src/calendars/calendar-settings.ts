/** Settings of calendars that can be changed while the sandbox runs. */
export type CalendarSettings = {
  /** How many connections the team may have. Infinity: no limit. */
  limit: number
  /** From the connection to its first sync, in virtual seconds. */
  firstSyncSeconds: number
  /** Whether the vendor renews subscriptions by itself. */
  renewals: boolean
  /** Whether `calendar.event_created` is sent for events that come into the window only because time passes. */
  announceExtension: boolean
  /** Whether a bot for an event fails when another bot of the team went to the same meeting in the last 5 minutes. */
  uniqueBots: boolean
}
