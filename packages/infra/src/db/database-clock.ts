/** What the database's clock showed in an answer, and when, by ours, it was asked and had answered. In milliseconds. */
export type ClockReading = { shown: number; asked: number; answered: number }

export type DatabaseClock = { toOurs(moment: number, reading: ClockReading): number }

/** How far clocks may drift apart; those of servers do far less. */
const driftPerMs = 0.001

/**
 * Tells when a moment of the database's clock is by ours. An answer says what the database's clock showed at some time
 * between question and answer; under load that is long. So the quickest answer of the last seconds counts, within what the
 * latest one leaves possible: clocks are also set.
 */
export function openDatabaseClock(): DatabaseClock {
  let best = { ahead: 0, tookMs: Number.POSITIVE_INFINITY, at: 0 }
  return {
    toOurs(moment, { shown, asked, answered }) {
      const tookMs = answered - asked
      if (tookMs <= best.tookMs + (answered - best.at) * driftPerMs) {
        best = { ahead: shown - (asked + answered) / 2, tookMs, at: answered }
      }
      const sinceShown = moment - shown
      return Math.min(Math.max(moment - best.ahead, asked + sinceShown), answered + sinceShown)
    },
  }
}
