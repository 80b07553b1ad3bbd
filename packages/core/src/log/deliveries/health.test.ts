import { describe, expect, test } from 'vitest'
import { afterAttempt, afterEnabling, deliveriesAtOnce, type Health, soundHealth } from './health.ts'

const start = Date.UTC(2030, 0, 1)
const hours = (count: number) => new Date(start + count * 3_600_000)
const ok = { status: 204, problem: null, retryAfterMs: null }
const broken = { status: 500, problem: null, retryAfterMs: null }

/** One attempt at each of these hours, all of which fail. */
function failing(atHours: number[], from: Health = soundHealth) {
  let health = from
  const told: [number, number | null, string | null][] = []
  for (const hour of atHours) {
    const after = afterAttempt(health, { at: hours(hour), answer: broken })
    health = after.health
    if (after.warn !== null || after.disable !== null) told.push([hour, after.warn, after.disable])
  }
  return { health, told }
}

test('five days of failures are announced at 50, 70 and 90 percent, and disable at 100', () => {
  const { told } = failing(Array.from({ length: 121 }, (_, hour) => hour))
  expect(told).toEqual([
    [60, 50, null],
    [84, 70, null],
    [108, 90, null],
    [120, null, 'failing'],
  ])
})

test('a step that was skipped is not announced afterwards', () => {
  expect(failing([0, 100, 101, 109]).told).toEqual([
    [100, 70, null],
    [109, 90, null],
  ])
})

test('a success begins anew, and tells that the endpoint is back if it was announced', () => {
  const { health } = failing([0, 61])
  expect(health).toMatchObject({ failures: 2, firstFailureAt: hours(0), warnedPercent: 50 })
  const back = afterAttempt(health, { at: hours(62), answer: ok })
  expect(back).toMatchObject({ isBack: true, warn: null, disable: null })
  expect(back.health).toEqual({ ...soundHealth, lastFailureAt: hours(61), lastSuccessAt: hours(62) })
  expect(failing([63, 130], back.health).told).toEqual([[130, 50, null]])
  expect(afterAttempt(failing([0]).health, { at: hours(1), answer: ok }).isBack).toBe(false)
})

test('two failures that lie far apart have nothing to do with each other', () => {
  const { health, told } = failing([0, 24 * 30])
  expect([health.failures, health.firstFailureAt, told]).toEqual([1, hours(24 * 30), []])
})

test('410 disables at once', () => {
  const gone = afterAttempt(soundHealth, { at: hours(0), answer: { ...broken, status: 410 } })
  expect(gone).toMatchObject({ disable: 'gone', warn: null })
})

test.each([
  ['a redirect', { status: 302, problem: null }],
  ['a client error', { status: 404, problem: null }],
  ['no answer', { status: null, problem: 'unreachable' as const }],
  ['an answer that did not end', { status: 200, problem: 'timed_out' as const }],
])('%s is a failure', (_name, answer) => {
  expect(afterAttempt(soundHealth, { at: hours(0), answer: { ...answer, retryAfterMs: null } }).health.failures).toBe(1)
})

describe('while an endpoint fails', () => {
  const waitOf = ({ retryAt, lastFailureAt }: Health) => Number(retryAt) - Number(lastFailureAt)

  test('one delivery at a time is tried, after waits that grow to five minutes', () => {
    expect([deliveriesAtOnce(soundHealth), deliveriesAtOnce(failing([0]).health)]).toEqual([10, 1])
    expect(waitOf(failing([0]).health)).toBe(4_000)
    expect(waitOf(failing([0, 0.01]).health)).toBe(36_000)
    expect(waitOf(failing([0, 0.01, 3]).health)).toBe(300_000)
  })

  test('it is waited for as long as it asks, up to a day', () => {
    const asking = (retryAfterMs: number) =>
      afterAttempt(soundHealth, { at: hours(0), answer: { status: 429, problem: null, retryAfterMs } }).health.retryAt
    expect(asking(7_200_000)).toEqual(hours(2))
    expect(asking(90 * 3_600_000)).toEqual(hours(24))
    expect(asking(1)).toEqual(new Date(start + 4_000))
  })
})

test('an endpoint that is enabled again begins anew', () => {
  expect(afterEnabling({ ...failing([0, 61]).health, lastSuccessAt: hours(-1) })).toEqual({
    ...soundHealth,
    lastFailureAt: hours(61),
    lastSuccessAt: hours(-1),
  })
})
