import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { beforeEach, expect, test } from 'vitest'
import { useTestStores } from './testing/test-stores.ts'
import { openWriteSlots } from './write-slots.ts'

const { db } = useTestStores()
const second = 1_000

beforeEach(async () => {
  await db().pool.query('DELETE FROM provider_write_slots')
})

/** Slots that are taken at the moment, or were within the last second. */
async function taken(): Promise<number> {
  const text = 'SELECT count(*)::int AS count FROM provider_write_slots WHERE free_at > clock_timestamp()'
  return (await db().pool.query<{ count: number }>(text)).rows[0]?.count as number
}

test('no second sees more calls than there are slots, however long each is on its way and at the vendor', async () => {
  const [perSecond, processes, writes] = [20, 4, 100]
  const takes = Array.from({ length: processes }, () => openWriteSlots(db().pool, perSecond))
  const arrivals: number[] = []
  const write = async (i: number) => {
    const giveBack = await (takes[i % processes] as () => Promise<() => void>)()
    // The way there, which may be much longer than the way back.
    await sleep((i * 37) % 80)
    arrivals.push(performance.now())
    await sleep(10 + ((i * 13) % 20))
    giveBack()
  }
  await Promise.all(Array.from({ length: writes }, (_, i) => write(i)))
  const spans = arrivals.slice(perSecond).map((time, i) => time - (arrivals[i] as number))
  expect(Math.min(...spans)).toBeGreaterThanOrEqual(second)
})

test('a call that is not answered holds its slot; that of a process that died is free in the end', async () => {
  const take = openWriteSlots(db().pool, 2)
  const giveBack = await take()
  await take()
  const third = take()
  giveBack()
  await third
  await db().pool.query(`UPDATE provider_write_slots SET free_at = now() - interval '1 second'`)
  await Promise.all([take(), take()])
  expect(await taken()).toBe(2)
})

test('a slot that somebody else took after it was held for too long stays with that one', async () => {
  const queries: Promise<unknown>[] = []
  const query = (...asked: unknown[]) => {
    queries.push((db().pool.query as (...args: unknown[]) => Promise<unknown>)(...asked))
    return queries.at(-1)
  }
  const take = openWriteSlots({ query } as Pick<pg.Pool, 'query'>, 1)
  const late = await take()
  await db().pool.query(`UPDATE provider_write_slots SET free_at = now() - interval '1 second'`)
  await take()
  const heldUntil = async () => (await db().pool.query('SELECT free_at FROM provider_write_slots')).rows[0].free_at
  const before = await heldUntil()
  late()
  await Promise.all(queries)
  expect(await heldUntil()).toEqual(before)
})

test('a pause that ends soon is waited for', async () => {
  const take = openWriteSlots(db().pool, 5)
  const since = performance.now()
  await db().providerLimits.pauseWrites({ delayMs: 300, reason: 'The vendor asked for it.' })
  await take()
  expect(performance.now() - since).toBeGreaterThanOrEqual(300)
})

test('with a lower rate the slots beyond it are left alone', async () => {
  const many = openWriteSlots(db().pool, 4)
  await Promise.all([many(), many(), many(), many()])
  await db().pool.query(`UPDATE provider_write_slots SET free_at = now() WHERE slot >= 1`)
  const few = openWriteSlots(db().pool, 2)
  await few()
  expect(await taken()).toBe(2)
})
