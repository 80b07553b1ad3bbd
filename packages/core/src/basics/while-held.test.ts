import { expect, test } from 'vitest'
import { LeaseLost, whileHeld } from './while-held.ts'

const start = Date.UTC(2026, 10, 30)

/** A lease that is renewed every ten seconds. `renew` notes what was written with it. */
function aLease(renew: (note: string) => boolean = () => true) {
  const notes: string[] = []
  const ending = new AbortController()
  const clock = { at: start }
  const lease = {
    signal: ending.signal,
    now: () => new Date(clock.at),
    renewEveryMs: 10_000,
    renew: async (note: string) => {
      notes.push(note)
      return renew(note)
    },
  }
  return { lease, notes, ending, clock }
}

test('a lease is renewed with the first progress, and then with what is told ten seconds later', async () => {
  const { lease, notes, clock } = aLease()
  const result = await whileHeld(lease, async ({ progress }) => {
    progress('at once')
    clock.at += 9_999
    progress('too soon')
    clock.at += 1
    progress('again')
    return 'done'
  })
  expect([result, notes]).toEqual(['done', ['at once', 'again']])
})

test('work whose lease was lost is aborted, and fails as such whatever it throws', async () => {
  const { lease } = aLease(() => false)
  const work = whileHeld(lease, async ({ progress, signal }) => {
    progress('10 %')
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    throw new TypeError('terminated')
  })
  await expect(work).rejects.toBeInstanceOf(LeaseLost)
})

test('a note that must be written first waits for the renewal before it, and fails when the lease was lost', async () => {
  const { lease, notes } = aLease((note) => note === '10 %')
  const work = whileHeld(lease, async ({ progress, write }) => {
    progress('10 %')
    await write('ticket')
    return 'asked'
  })
  await expect(work).rejects.toBeInstanceOf(LeaseLost)
  expect(notes).toEqual(['10 %', 'ticket'])
})

test('work goes on while the database is away', async () => {
  const { lease } = aLease(() => {
    throw new Error('away')
  })
  const result = await whileHeld(lease, async ({ progress, signal }) => {
    progress('10 %')
    await Promise.resolve()
    return signal.aborted
  })
  expect(result).toBe(false)
})

test('the end of the job aborts its work', async () => {
  const { lease, ending } = aLease()
  const work = whileHeld(lease, async ({ signal }) => {
    ending.abort(new Error('shutting down'))
    signal.throwIfAborted()
  })
  await expect(work).rejects.toThrow('shutting down')
})
