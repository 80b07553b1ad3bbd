import { describe, expect, test } from 'vitest'
import { readPages } from './read-pages.ts'

const endless = (detail: string) => ({ name: 'RetryableError', code: 'VENDOR_UNAVAILABLE', message: detail })

/** A list of the vendor's. `next` says which page follows which; null ends the list. */
function list(next: Record<string, string | null>, options: { mostPages?: number; signal?: AbortSignal } = {}) {
  const read: string[] = []
  const readPage = async (cursor: string | null) => {
    read.push(cursor ?? 'first')
    return { items: [cursor ?? 'first'], nextCursor: next[cursor ?? 'first'] ?? null }
  }
  const all = async () => {
    const items: string[] = []
    for await (const page of readPages(readPage, { of: 'bots', mostPages: 10, ...options })) items.push(...page.items)
    return items
  }
  return { read, all }
}

describe('a list of the vendor', () => {
  test('is read to its end', async () => {
    expect(await list({}).all()).toEqual(['first'])
    expect(await list({ first: 'a', a: 'b', b: null }).all()).toEqual(['first', 'a', 'b'])
  })

  test.each<[string, Record<string, string>]>([
    ['one page', { first: 'a', a: 'a' }],
    ['two pages', { first: 'a', a: 'b', b: 'a' }],
    ['three pages, later', { first: 'a', a: 'b', b: 'c', c: 'd', d: 'b' }],
  ])('is an error, not complete, when it goes round over %s', async (_, next) => {
    const { all, read } = list(next)
    await expect(all()).rejects.toMatchObject(endless('The list of bots at Meeting BaaS leads in a circle.'))
    expect(read.length).toBeLessThanOrEqual(6)
  })

  test('is an error, not complete, when it has too many pages', async () => {
    const next = Object.fromEntries(Array.from({ length: 99 }, (_, i) => [i === 0 ? 'first' : `${i}`, `${i + 1}`]))
    const { all, read } = list(next)
    await expect(all()).rejects.toMatchObject(endless('The list of bots at Meeting BaaS did not end within 10 pages.'))
    expect(read).toHaveLength(10)
    expect(await list({ ...next, 9: null as never }).all()).toHaveLength(10)
  })

  test('is read no further when nobody waits for it any more', async () => {
    const stop = new AbortController()
    const { read } = list({})
    const readPage = async (cursor: string | null) => {
      read.push(cursor ?? 'first')
      if (read.length === 2) stop.abort(new Error('The job has run out of time.'))
      return { nextCursor: `${read.length}` }
    }
    const reading = async () => {
      for await (const _ of readPages(readPage, { of: 'bots', mostPages: 10, signal: stop.signal }));
    }
    await expect(reading()).rejects.toThrow('out of time')
    expect(read).toHaveLength(2)
  })
})
