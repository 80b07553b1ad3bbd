import { expect, test } from 'vitest'
import { at } from '../../testing/meetings/builders.ts'
import { freeInMs, hasSameLease, isFree, leaseFor, noLease } from './lease.ts'

const mine = leaseFor(60_000, at(0))

test('a lease is free before it is taken, when it is given back, and when its time is up', () => {
  expect(mine).toEqual({ leaseUntil: at(1) })
  expect([isFree(noLease, at(0)), isFree(mine, at(0, 59)), isFree(mine, at(1))]).toEqual([true, false, true])
})

test('a lease is the same as long as it is neither renewed nor given back', () => {
  const renewed = leaseFor(60_000, at(0, 30))
  expect([hasSameLease({ ...mine }, mine), hasSameLease(renewed, mine)]).toEqual([true, false])
  expect([hasSameLease(noLease, mine), hasSameLease(noLease, noLease)]).toEqual([false, false])
})

test('whoever finds it taken stays away until it runs out, and a second at least', () => {
  expect([freeInMs(mine, at(0, 10)), freeInMs(mine, at(1)), freeInMs(noLease, at(1))]).toEqual([50_000, 1_000, 1_000])
})
