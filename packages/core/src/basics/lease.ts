/**
 * The lease of a row: one process at a time makes calls for it that must not be made twice. It lies in the row and runs out
 * by itself, so that a process that dies holds nobody up for long. Whoever reads and writes it does so by compare-and-set.
 */
export type Leased = { leaseUntil: Date | null }

/** Nobody has it, or its time has run out. */
export function isFree({ leaseUntil }: Leased, now: Date): boolean {
  return leaseUntil === null || leaseUntil <= now
}

/** What a row has of a lease that is taken now, or renewed. */
export function leaseFor(ms: number, now: Date): { leaseUntil: Date } {
  return { leaseUntil: new Date(now.getTime() + ms) }
}

/** What a row has of a lease that is given back. */
export const noLease = { leaseUntil: null } as const

/** Whether a row still has the lease with which `mine` was written. Another one cannot end at the same time. */
export function hasSameLease(row: Leased, mine: Leased): boolean {
  return row.leaseUntil !== null && row.leaseUntil.getTime() === mine.leaseUntil?.getTime()
}

/** How long whoever finds a lease taken stays away: until it runs out, and a second at least. */
export function freeInMs({ leaseUntil }: Leased, now: Date): number {
  return Math.max(1_000, (leaseUntil?.getTime() ?? 0) - now.getTime())
}
