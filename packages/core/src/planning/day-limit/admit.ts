import type { JoinTimes } from './capacity-store.ts'

/** What the plan of the vendor allows. */
export type Capacity = {
  /** Bots that may join within any 24 hours. */
  botsPerDay: number
  /** When the bots join that the plan at hand does not decide on: of other users, ordered by hand, or started. */
  taken: readonly Date[]
}

const dayMs = 24 * 3_600_000

/** What has to be known to tell whether there is room for bots that join then: a day before them to a day after. */
export function joinTimesAround(joinTimes: readonly Date[], withoutBookingsOf: string | null = null): JoinTimes {
  const [first, last] = joinTimes.reduce(
    ([min, max], joinsAt) => [Math.min(min, +joinsAt), Math.max(max, +joinsAt)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  )
  return { from: new Date(first - dayMs), until: new Date(last + dayMs), withoutBookingsOf }
}

/** For each bot in order: whether there is room for it beside the bots before it. */
export function hasRoom(joinTimes: readonly Date[], { botsPerDay, taken }: Capacity): boolean[] {
  return admit(joinTimes.map(Number), taken.map(Number), botsPerDay)
}

/**
 * Admits one bot after the other, unless more than `limit` bots would then join within any 24 hours.
 * @param joinTimes in milliseconds, the most important first
 * @returns for each whether it is admitted
 */
export function admit(joinTimes: readonly number[], taken: readonly number[], limit: number): boolean[] {
  const all = [...joinTimes, ...taken]
  const order = all.map((_, i) => i).sort((a, b) => (all[a] as number) - (all[b] as number))
  const sorted = order.map((i) => all[i] as number)
  // The fullest windows of 24 hours begin with a bot. A bot lies in all windows from `first` to the one it begins.
  const first = firstWindows(sorted)
  if (sorted.every((_, place) => place - (first[place] as number) < limit)) return joinTimes.map(() => true)
  const place = new Int32Array(all.length)
  for (const [at, i] of order.entries()) place[i] = at
  const counts = new RangeCounter(all.length)
  const windowsOf = (i: number): [number, number] => [first[place[i] as number] as number, place[i] as number]
  for (let i = joinTimes.length; i < all.length; i++) counts.addOne(...windowsOf(i))
  return joinTimes.map((_, i) => {
    const isFree = counts.highest(...windowsOf(i)) < limit
    if (isFree) counts.addOne(...windowsOf(i))
    return isFree
  })
}

/**
 * Which of these times lie in an overfull day: 24 hours in which more than `limit` bots join, other users' included.
 */
export function inOverfullDay(joinTimes: readonly number[], others: readonly number[], limit: number): boolean[] {
  const sorted = [...joinTimes, ...others].sort((a, b) => a - b)
  const first = firstWindows(sorted)
  const overfull = sorted.flatMap((until, place) => {
    const from = first[place] as number
    return place - from < limit ? [] : [{ from: sorted[from] as number, until }]
  })
  if (overfull.length === 0) return joinTimes.map(() => false)
  return joinTimes.map((time) => overfull.some(({ from, until }) => from <= time && time <= until))
}

/** For each time the place of the first one that is less than 24 hours before it. */
function firstWindows(sorted: readonly number[]): number[] {
  let from = 0
  return sorted.map((time) => {
    while (time - (sorted[from] as number) >= dayMs) from++
    return from
  })
}

/** Counts per place; adds to a range and finds its highest count in logarithmic time. A segment tree. */
class RangeCounter {
  private readonly size: number
  private readonly added: Int32Array
  private readonly highestBelow: Int32Array

  constructor(places: number) {
    this.size = places
    this.added = new Int32Array(4 * places)
    this.highestBelow = new Int32Array(4 * places)
  }

  addOne(from: number, to: number, node = 1, low = 0, high = this.size - 1): void {
    if (to < low || high < from) return
    if (from <= low && high <= to) {
      this.added[node]!++
      this.highestBelow[node]!++
      return
    }
    const middle = (low + high) >> 1
    this.addOne(from, to, 2 * node, low, middle)
    this.addOne(from, to, 2 * node + 1, middle + 1, high)
    const below = Math.max(this.highestBelow[2 * node]!, this.highestBelow[2 * node + 1]!)
    this.highestBelow[node] = this.added[node]! + below
  }

  highest(from: number, to: number, node = 1, low = 0, high = this.size - 1): number {
    if (to < low || high < from) return 0
    if (from <= low && high <= to) return this.highestBelow[node]!
    const middle = (low + high) >> 1
    const left = this.highest(from, to, 2 * node, low, middle)
    return this.added[node]! + Math.max(left, this.highest(from, to, 2 * node + 1, middle + 1, high))
  }
}
