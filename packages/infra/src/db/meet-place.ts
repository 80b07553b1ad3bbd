import { setTimeout as sleep } from 'node:timers/promises'

/** A place further away than this is not waited for: the job is put back and its worker does something else. */
const longestWaitMs = 15_000
/**
 * The share of the allowed rate that is used. The slack, 30 ms a second at any rate, is what a write may be later than
 * its place, compared with one that a second later is on time; else the vendor would see one too many within a second.
 */
export const usedShare = 0.97
/** A place that is missed by more is given up and another one taken; the rest of the slack is for the way to the vendor. */
const latestMs = 15
/** Who misses that many in a row is too busy to be on time; a write that the vendor may refuse is better than none. */
const mostPlaces = 10

export type Timers = { now(): number; sleep(ms: number): Promise<unknown> }

const realTimers: Timers = { now: () => performance.now(), sleep }

/**
 * Takes a place and waits for it. A busy process wakes up late; its write would then come too close to those that have
 * their places a second later, so it leaves its place empty and takes another one.
 * @param reserve takes the next free place that is no further away than so much, and says when it is
 */
export async function meetPlace(
  reserve: (furthestMs: number) => Promise<number>,
  { now, sleep: wait }: Timers = realTimers,
): Promise<void> {
  const givenUpAt = now() + longestWaitMs
  for (let taken = 1; taken <= mostPlaces; taken++) {
    const place = await reserve(givenUpAt - now())
    if (place > now()) await wait(place - now())
    if (now() - place <= latestMs) return
  }
}
