/** What can be chosen about calendars while the sandbox runs. */
export type CalendarSettings = {
  /** Connections the team may have; Infinity lifts the limit. */
  limit: number
  /** From the connection to its first sync, virtual seconds. */
  firstSyncSeconds: number
  /** Whether the vendor's own job renews subscriptions. */
  renewals: boolean
  /** Whether `calendar.event_created` is sent for instances that only time has brought into the window. */
  announceExtension: boolean
  /** Whether a bot for an event fails when another bot of the team went to the same meeting in the last 5 minutes. */
  uniqueBots: boolean
}
