import { setImmediate } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { meetPlace, usedShare } from './meet-place.ts'

const second = 1_000
const longestWait = 15 * second

/** A process whose clock stands still but while it sleeps, and that wakes up as late as `lateness` says. */
function process(lateness: number[]) {
  let time = 0
  const timers = {
    now: () => time,
    sleep: async (ms: number) => {
      time += ms + (lateness.shift() ?? 0)
    },
  }
  const asked: number[] = []
  /** A place a second ahead. */
  const reserve = async (furthestMs: number) => {
    asked.push(furthestMs)
    return time + second
  }
  return { asked, meet: () => meetPlace(reserve, timers), now: () => time }
}

describe('a place in the write rate', () => {
  test('is waited for', async () => {
    const { asked, meet, now } = process([])
    await meet()
    expect(now()).toBe(second)
    expect(asked).toEqual([longestWait])
  })

  test('is good for a few milliseconds', async () => {
    const { asked, meet } = process([15])
    await meet()
    expect(asked).toHaveLength(1)
  })

  test('is left empty when it was missed, and another one is taken', async () => {
    const { asked, meet, now } = process([16, 500, 0])
    await meet()
    expect(now()).toBe(3 * second + 516)
    expect(asked).toHaveLength(3)
  })

  test('is not waited for longer because others were missed', async () => {
    const { asked, meet } = process([16])
    await meet()
    expect(asked).toEqual([longestWait, longestWait - second - 16])
  })

  test('is used, however late, by a process that is never on time', async () => {
    const { asked, meet } = process(Array.from({ length: 20 }, () => 100))
    await meet()
    expect(asked).toHaveLength(10)
  })
})

describe('500 writes by 40 jobs at a time, one in a hundred of which wakes up late', () => {
  const perSecond = 20
  let sent: number[]
  beforeAll(async () => {
    sent = await simulate({ writes: 500, jobs: 40, intervalMs: second / (perSecond * usedShare) })
  })

  test('no second sees more than the rate allows, where the way to the vendor takes 0 to 10 ms', () => {
    const arrived = sent.map((time, i) => time + ((i * 7) % 11)).sort((a, b) => a - b)
    const spans = arrived.slice(perSecond).map((time, i) => time - (arrived[i] as number))
    expect(Math.min(...spans)).toBeGreaterThanOrEqual(second)
  })

  test('at least 95 % of the rate are used', () => {
    const seconds = ((sent.at(-1) as number) - (sent[0] as number)) / second
    expect(sent.length / seconds / perSecond).toBeGreaterThanOrEqual(0.95)
  })
})

/** When each of many writes is sent, by jobs that share a row of places and a clock that runs from one event to the next. */
async function simulate(load: { writes: number; jobs: number; intervalMs: number }): Promise<number[]> {
  const sleeping: { until: number; wake: () => void }[] = []
  const sent: number[] = []
  let [time, next, left, slept] = [0, 0, load.writes, 0]
  const reserve = async () => {
    const place = Math.max(next, time)
    next = place + load.intervalMs
    return place
  }
  const sleep = (ms: number) => {
    slept += 1
    const lateMs = slept % 100 === 0 ? 150 : slept % 16
    return new Promise<void>((wake) => sleeping.push({ until: time + ms + lateMs, wake }))
  }
  const job = async () => {
    while (left-- > 0) {
      await meetPlace(reserve, { now: () => time, sleep })
      sent.push(time)
    }
  }
  const jobs = Promise.all(Array.from({ length: load.jobs }, job))
  while (sent.length < load.writes) {
    await setImmediate()
    sleeping.sort((a, b) => a.until - b.until)
    const first = sleeping.shift()
    if (!first) continue
    time = first.until
    first.wake()
  }
  await jobs
  return sent
}
