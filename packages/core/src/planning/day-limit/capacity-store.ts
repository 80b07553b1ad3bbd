/** Bots that the vendor's daily limit is about, by when they join. */
export type JoinTimes = {
  /** Both included. */
  from: Date
  until: Date
  /** Leaves out bots that are booked for this user's events and have not started: a plan decides on those. */
  withoutBookingsOf: string | null
}

/** How full the day is, over the whole installation. */
export type DayCounts = {
  /** Bots that started, or should have, within the last 24 hours. */
  last24Hours: number
  /** Bots that are booked to join within the next 24 hours. */
  next24Hours: number
  /** Events that have not ended and are not recorded because the day is full. */
  waiting: number
}

/** What counts for the daily limit of the vendor's plan: bots of all users that have started, or will. */
export interface CapacityStore {
  /** When they join, in no order. */
  joinTimes(wanted: JoinTimes): Promise<Date[]>
  count(now: Date): Promise<DayCounts>
}
