import { expect, test } from 'vitest'
import { at } from '../../testing/meetings/builders.ts'
import { jobCatalog } from './catalog.ts'
import { urgency, urgencyOfJoin } from './urgency.ts'

const days = 24 * 60

test('a bot that should leave goes before a bot for now, which goes before bots for later', () => {
  const inLine = [urgency.leave, urgencyOfJoin(null, at(0)), urgency.soon, urgencyOfJoin(at(2), at(0)), urgency.routine]
  expect(inLine).toEqual([...inLine].sort((a, b) => a - b))
  expect(new Set(inLine).size).toBe(5)
})

test('a bot that joins within a minute, or should have joined, is a bot for now', () => {
  expect([at(0, 60), at(0), at(-90)].map((joinAt) => urgencyOfJoin(joinAt, at(0)))).toEqual(Array(3).fill(urgency.now))
})

test('the join time counts, not the time of the order', () => {
  const atTen = urgencyOfJoin(at(600), at(0))
  expect(urgencyOfJoin(at(600), at(500))).toBe(atTen)
  expect(urgencyOfJoin(at(605), at(500))).toBeGreaterThan(atTen)
  expect(urgencyOfJoin(at(90 * days), at(0))).toBeGreaterThan(urgencyOfJoin(at(89 * days), at(0)))
})

test('every time gives a priority that BullMQ accepts', () => {
  for (const year of [2026, 2044, 2200]) {
    const place = urgencyOfJoin(new Date(Date.UTC(year, 6, 1)), new Date(Date.UTC(year, 5, 1)))
    expect(place).toBeGreaterThan(urgency.soon)
    expect(place).toBeLessThan(urgency.routine)
  }
})

test('in a queue with urgencies every job has one', () => {
  const contracts = Object.values(jobCatalog)
  const queues = new Set(contracts.filter((contract) => contract.urgency !== undefined).map(({ queue }) => queue))
  expect([...queues]).toEqual(['bots', 'scheduling', 'recordings', 'calendars'])
  const placeless = contracts.filter(({ queue, urgency: its }) => queues.has(queue) && its === undefined)
  expect(placeless.map(({ name }) => name)).toEqual([])
})
