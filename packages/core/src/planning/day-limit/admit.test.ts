import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runModel } from '../../../testing/basics/model-runs.ts'
import { admit, inOverfullDay } from './admit.ts'

const hour = 3_600_000
const hours = fc.array(
  fc.integer({ min: 0, max: 60 }).map((h) => h * hour),
  { maxLength: 25 },
)

/** The same by counting, for every window that could be full. */
function slowly(joinTimes: number[], taken: number[], limit: number): boolean[] {
  const admitted = [...taken]
  return joinTimes.map((time) => {
    const starts = [time, ...admitted].filter((start) => start <= time && time < start + 24 * hour)
    const within = (start: number) => admitted.filter((other) => other >= start && other < start + 24 * hour).length
    const isFree = starts.every((start) => within(start) < limit)
    if (isFree) admitted.push(time)
    return isFree
  })
}

test('bots are admitted one after the other, as long as no 24 hours have too many', async () => {
  await runModel(
    fc.property(hours, hours, fc.integer({ min: 0, max: 6 }), (joinTimes, taken, limit) => {
      expect(admit(joinTimes, taken, limit)).toEqual(slowly(joinTimes, taken, limit))
    }),
    { runs: 2_000 },
  )
})

test('bots a day apart do not count together', () => {
  expect(admit([0, 24 * hour, 48 * hour], [], 1)).toEqual([true, true, true])
  expect(admit([0, 24 * hour - 1, 24 * hour], [], 1)).toEqual([true, false, true])
})

test('an overfull day counts for all bots that join in it, and for no others', async () => {
  await runModel(
    fc.property(hours, hours, fc.integer({ min: 0, max: 6 }), (joinTimes, others, limit) => {
      const all = [...joinTimes, ...others]
      const isOverfull = (from: number) => all.filter((t) => t >= from && t < from + 24 * hour).length > limit
      const expected = joinTimes.map((time) =>
        all.some((from) => time >= from && time < from + 24 * hour && isOverfull(from)),
      )
      expect(inOverfullDay(joinTimes, others, limit)).toEqual(expected)
    }),
    { runs: 2_000 },
  )
})
