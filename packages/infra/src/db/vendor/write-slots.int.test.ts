import { setTimeout as sleep } from 'node:timers/promises'
import { urgency } from '@seer/core/jobs/urgency'
import type pg from 'pg'
import { beforeEach, describe, expect, test } from 'vitest'
import { useTestStores } from '../../../testing/db/test-stores.ts'
import { openWriteSlots } from './write-slots.ts'

const { db } = useTestStores()
const second = 1_000

beforeEach(async () => {
  await db().pool.query('DELETE FROM vendor_write_slots')
  await db().pool.query('DELETE FROM vendor_write_waiters')
})

/** Slots that are taken now, or were within the last second. */
async function taken(): Promise<number> {
  const text = 'SELECT count(*)::int AS count FROM vendor_write_slots WHERE free_at > clock_timestamp()'
  return (await db().pool.query<{ count: number }>(text)).rows[0]?.count as number
}

test('no second has more calls than slots, however long each call is on its way and at the vendor', async () => {
  const [perSecond, processes, writes] = [20, 4, 100]
  const takes = Array.from({ length: processes }, () => openWriteSlots(db().pool, perSecond))
  const arrivals: number[] = []
  const write = async (i: number) => {
    const giveBack = await (takes[i % processes] as (typeof takes)[number])(urgency.now)
    // The way to the vendor, which may take much longer than the way back.
    await sleep((i * 37) % 80)
    arrivals.push(performance.now())
    await sleep(10 + ((i * 13) % 20))
    giveBack()
  }
  await Promise.all(Array.from({ length: writes }, (_, i) => write(i)))
  const spans = arrivals.slice(perSecond).map((time, i) => time - (arrivals[i] as number))
  expect(Math.min(...spans)).toBeGreaterThanOrEqual(second)
})

test('an unanswered call holds its slot, and the slot of a dead process becomes free', async () => {
  const take = openWriteSlots(db().pool, 2)
  const giveBack = await take(urgency.now)
  await take(urgency.now)
  const third = take(urgency.now)
  giveBack()
  await third
  await db().pool.query(`UPDATE vendor_write_slots SET free_at = now() - interval '1 second'`)
  await Promise.all([take(urgency.now), take(urgency.now)])
  expect(await taken()).toBe(2)
})

test('a slot that was held too long stays with the one who took it next', async () => {
  const queries: Promise<unknown>[] = []
  const query = (...asked: unknown[]) => {
    queries.push((db().pool.query as (...args: unknown[]) => Promise<unknown>)(...asked))
    return queries.at(-1)
  }
  const take = openWriteSlots({ query } as Pick<pg.Pool, 'query'>, 1)
  const late = await take(urgency.now)
  await db().pool.query(`UPDATE vendor_write_slots SET free_at = now() - interval '1 second'`)
  await take(urgency.now)
  // Both may have been within one millisecond, which is how fine times are kept.
  await db().pool.query(`UPDATE vendor_write_slots SET free_at = free_at + interval '10 milliseconds'`)
  const heldUntil = async () => (await db().pool.query('SELECT free_at FROM vendor_write_slots')).rows[0].free_at
  const before = await heldUntil()
  late()
  await Promise.all(queries)
  expect(await heldUntil()).toEqual(before)
})

test('a write waits for a pause that ends soon', async () => {
  const take = openWriteSlots(db().pool, 5)
  const since = performance.now()
  await db().vendorLimits.pauseWrites({ delayMs: 300, reason: 'The vendor asked for it.' })
  await take(urgency.now)
  expect(performance.now() - since).toBeGreaterThanOrEqual(300)
})

test('with a lower rate the extra slots are not used', async () => {
  const many = openWriteSlots(db().pool, 4)
  await Promise.all(Array.from({ length: 4 }, () => many(urgency.now)))
  await db().pool.query(`UPDATE vendor_write_slots SET free_at = now() WHERE slot >= 1`)
  const few = openWriteSlots(db().pool, 2)
  await few(urgency.now)
  expect(await taken()).toBe(2)
})

describe('of several waiting writes', () => {
  const later = 50_000

  /** Waits in the given process with the given urgency. Notes who gets a slot, and gives it back at once. */
  function line() {
    const order: string[] = []
    const wait = async (take: ReturnType<typeof openWriteSlots>, name: string, its: number) => {
      const giveBack = await take(its)
      order.push(name)
      giveBack()
    }
    return { order, wait }
  }

  test('the most urgent in a process comes first, and equals in order of arrival', async () => {
    const take = openWriteSlots(db().pool, 2)
    const { order, wait } = line()
    await Promise.all(['first', 'second'].map((name) => wait(take, name, later)))
    const names = ['routine', 'later', 'as late', 'now', 'leave']
    const places = [urgency.routine, later, later, urgency.now, urgency.leave]
    await Promise.all(names.map((name, i) => wait(take, name, places[i] as number)))
    expect(order).toEqual(['first', 'second', 'leave', 'now', 'later', 'as late', 'routine'])
  })

  test('a write that somebody waits for comes before the crowds in other processes', async () => {
    const query = async (text: string) => (await db().pool.query<{ count: number }>(text)).rows[0]?.count
    const freeAt = (when: string) => query(`UPDATE vendor_write_slots SET free_at = ${when}`)
    const waiters = () => query('SELECT count(*)::int AS count FROM vendor_write_waiters')
    const { order, wait } = line()
    const [quiet, ...busy] = Array.from({ length: 9 }, () => openWriteSlots(db().pool, 1))
    await wait(quiet as (typeof busy)[number], 'first', later)
    await freeAt(`now() + interval '1 minute'`)
    const crowd = busy.map((take) => wait(take, 'crowd', later).catch(() => {}))
    for (let i = 0; i < 3; i++) {
      const mine = wait(quiet as (typeof busy)[number], `now ${i}`, urgency.now)
      await expect.poll(waiters).toBe(1)
      const before = order.length
      await freeAt('now()')
      await mine
      expect(order[before]).toBe(`now ${i}`)
      await freeAt(`now() + interval '1 minute'`)
    }
    await Promise.all(crowd)
  })

  test('a write of a dead process holds nobody back for long', async () => {
    const take = openWriteSlots(db().pool, 2)
    await db().pool.query(
      `INSERT INTO vendor_write_waiters (waiter, urgency, until)
        VALUES (gen_random_uuid(), 1, clock_timestamp() + interval '300 milliseconds')`,
    )
    const since = performance.now()
    await take(later)
    expect(performance.now() - since).toBeGreaterThanOrEqual(250)
  })

  test('writes that have time are postponed sooner than writes that somebody waits for', async () => {
    const take = openWriteSlots(db().pool, 1)
    await take(urgency.now)
    await db().pool.query(`UPDATE vendor_write_slots SET free_at = now() + interval '8 seconds'`)
    const ends: string[] = []
    const patient = take(urgency.now).then(() => ends.push('now'))
    await expect(take(later)).rejects.toMatchObject({ code: 'VENDOR_RATE_LIMITED' })
    ends.push('later')
    await patient
    expect(ends).toEqual(['later', 'now'])
  }, 15_000)
})
