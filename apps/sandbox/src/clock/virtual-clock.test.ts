import { describe, expect, test } from 'vitest'
import { VirtualClock } from './virtual-clock.ts'

const start = 1_000_000

function clockAt(speed: number) {
  const real = { now: 0 }
  return { real, clock: new VirtualClock({ startAt: start, speed, realNow: () => real.now }) }
}

describe('virtual clock', () => {
  test('flows at its speed and stands still at speed 0', () => {
    const { clock, real } = clockAt(60)
    real.now = 1000
    expect(clock.now()).toBe(start + 60_000)
    clock.setSpeed(0)
    real.now = 5000
    expect(clock.now()).toBe(start + 60_000)
  })

  test('changes speed without a jump in time', () => {
    const { clock, real } = clockAt(10)
    real.now = 100
    clock.setSpeed(2)
    real.now = 200
    expect(clock.now()).toBe(start + 1000 + 200)
  })

  test('fires timers in the order of their times, and timers of the same time in the order in which they were set', async () => {
    const { clock } = clockAt(0)
    const fired: [string, number][] = []
    const note = (name: string) => () => fired.push([name, clock.now() - start])
    clock.after(300, note('c'))
    clock.after(100, note('a'))
    clock.after(100, note('b'))
    await clock.advance(1000)
    expect(fired).toEqual([
      ['a', 100],
      ['b', 100],
      ['c', 300],
    ])
    expect(clock.now()).toBe(start + 1000)
  })

  test('fires timers that a timer sets within the same jump, but none after its end', async () => {
    const { clock } = clockAt(0)
    const fired: string[] = []
    clock.after(100, () => clock.after(50, () => fired.push('inside')))
    clock.after(100, () => clock.after(900, () => fired.push('outside')))
    await clock.advance(200)
    expect(fired).toEqual(['inside'])
  })

  test('waits for work that a timer started, which may set more timers, before time goes on', async () => {
    const { clock } = clockAt(0)
    const fired: string[] = []
    const answerLater = async () => {
      await new Promise((resolve) => setImmediate(resolve))
      clock.after(10, () => fired.push(`retry at ${clock.now() - start}`))
    }
    clock.after(100, () => clock.track(answerLater()))
    clock.after(500, () => fired.push('later'))
    await clock.advance(1000)
    expect(fired).toEqual(['retry at 110', 'later'])
  })

  test('runs one jump after the other', async () => {
    const { clock } = clockAt(0)
    await Promise.all([clock.advance(100), clock.advance(100)])
    expect(clock.now()).toBe(start + 200)
  })

  test('never goes back', async () => {
    const { clock } = clockAt(0)
    await clock.advance(100)
    await clock.jumpTo(start)
    expect(clock.now()).toBe(start + 100)
  })

  test('does not fire a cancelled timer', async () => {
    const { clock } = clockAt(0)
    const fired: string[] = []
    clock.cancel(clock.after(10, () => fired.push('cancelled')))
    await clock.advance(100)
    expect(fired).toEqual([])
  })

  test('catches up with flowing time when asked', () => {
    const { clock, real } = clockAt(1)
    const fired: number[] = []
    clock.after(100, () => fired.push(clock.now() - start))
    real.now = 250
    clock.catchUp()
    expect(fired).toEqual([100])
    expect(clock.now()).toBe(start + 250)
    clock.close()
  })
})
