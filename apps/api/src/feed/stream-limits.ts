/** What one API process does for those who follow the feed. Times are in milliseconds. */
export type StreamLimits = {
  /** Streams and waiting requests of one user at the same time. */
  perUser: number
  /** Streams and waiting requests of all users at the same time. */
  perProcess: number
  /** How often the process looks for new events when no hint comes. */
  lookEvery: number
  /** How often a stream on which nothing happens shows that it lives. Proxies close silent connections after a minute. */
  heartbeatEvery: number
  /** A stream whose client takes nothing for this long is ended. */
  blockedAtMost: number
  /** A stream for which this many characters wait is ended. */
  waitingAtMost: number
  /** The longest life of a stream. Then its client comes back, and shows its key again. */
  longest: number
}

export const streamLimits: StreamLimits = {
  perUser: 20,
  perProcess: 5_000,
  lookEvery: 1_000,
  heartbeatEvery: 20_000,
  blockedAtMost: 30_000,
  waitingAtMost: 1_000_000,
  longest: 15 * 60_000,
}
