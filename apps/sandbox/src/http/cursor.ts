import { iso } from '../time.ts'
import { invalid } from './vendor-error.ts'

/** A place in a list. A backwards cursor asks for the page before it. `time` is virtual ms. */
export type Cursor = { time: number; id: string; backwards: boolean }

/** Base64 of `<iso>::<id>`; a leading `-` pages backwards (openapi-v2.json, listBots). */
export function encodeCursor({ time, id, backwards }: Cursor): string {
  return (backwards ? '-' : '') + Buffer.from(`${iso(time)}::${id}`).toString('base64')
}

export function decodeCursor(text: string): Cursor {
  const backwards = text.startsWith('-')
  const [date, id] = Buffer.from(backwards ? text.slice(1) : text, 'base64')
    .toString('utf8')
    .split('::')
  const time = Date.parse(date ?? '')
  if (!id || Number.isNaN(time)) throw invalid('querystring/cursor Invalid cursor')
  return { time, id, backwards }
}

export type Page<Item> = { items: Item[]; cursor: string | null; prev_cursor: string | null }

/** A list that can be read in both directions from any place, without being sorted for that. */
export type Pageable<Item> = {
  /** Matching items after the place, or from the start, in list order. */
  after: (place: Cursor | undefined) => Iterable<Item>
  /** Matching items before the place, the nearest first, so in reverse order. */
  before: (place: Cursor) => Iterable<Item>
  place: (item: Item) => { time: number; id: string }
}

/** One page of at most `limit` items. At an end of the list the cursor is null. */
export function takePage<Item>(list: Pageable<Item>, limit: number, cursorText: string | undefined): Page<Item> {
  const cursor = cursorText ? decodeCursor(cursorText) : undefined
  const backwards = cursor?.backwards ?? false
  const found = take(backwards && cursor ? list.before(cursor) : list.after(cursor), limit)
  const items = backwards ? found.reverse() : found
  const [first, last] = [items[0], items.at(-1)]
  const mark = (item: Item, direction: boolean) => encodeCursor({ ...list.place(item), backwards: direction })
  const hasNewer = first !== undefined && !isEmpty(list.before({ ...list.place(first), backwards: true }))
  const hasOlder = last !== undefined && !isEmpty(list.after({ ...list.place(last), backwards: false }))
  return {
    items,
    cursor: hasOlder ? mark(last, false) : null,
    prev_cursor: hasNewer ? mark(first, true) : null,
  }
}

function take<Item>(items: Iterable<Item>, limit: number): Item[] {
  const taken: Item[] = []
  for (const item of items) {
    taken.push(item)
    if (taken.length === limit) break
  }
  return taken
}

function isEmpty(items: Iterable<unknown>): boolean {
  for (const _ of items) return false
  return true
}
