import type { Cursor, Pageable } from '../http/cursor.ts'

type Item = { readonly id: string }

/**
 * Items sorted by time, then by id. They are sorted when the list is read after a change. A list can start anywhere.
 */
export class SortedList<Sorted extends Item> {
  readonly #timeOf: (item: Sorted) => number
  #items: Sorted[] = []
  #dirty = false

  constructor(timeOf: (item: Sorted) => number) {
    this.#timeOf = timeOf
  }

  get size(): number {
    return this.#items.length
  }

  add(item: Sorted): void {
    this.#items.push(item)
    this.#dirty = true
  }

  /** Call this when the time of an item has changed. */
  reorder(): void {
    this.#dirty = true
  }

  remove(gone: ReadonlySet<Sorted>): void {
    this.#items = this.#items.filter((item) => !gone.has(item))
  }

  clear(): void {
    this.#items = []
  }

  find(id: string): Sorted | undefined {
    return this.#items.find((item) => item.id === id)
  }

  all(): readonly Sorted[] {
    if (this.#dirty) this.#items.sort((left, right) => this.#compare(left, { time: this.#timeOf(right), id: right.id }))
    this.#dirty = false
    return this.#items
  }

  /** Matching items as a list with pages, soonest first, from `since` (virtual ms) on. */
  ascending(matches: (item: Sorted) => boolean, since?: number): Pageable<Sorted> {
    const items = this.all()
    const first = since === undefined ? 0 : this.#firstAt({ time: since, id: '' })
    return {
      after: (place) => walk(items, place ? Math.max(first, this.#firstAfter(place)) : first, 1, matches),
      before: (place) => walk(items, this.#firstAt(place) - 1, -1, matches, first),
      place: (item) => this.#place(item),
    }
  }

  /** Matching items as a list with pages, latest first. */
  descending(matches: (item: Sorted) => boolean): Pageable<Sorted> {
    const items = this.all()
    return {
      after: (place) => walk(items, (place ? this.#firstAt(place) : items.length) - 1, -1, matches),
      before: (place) => walk(items, this.#firstAfter(place), 1, matches),
      place: (item) => this.#place(item),
    }
  }

  /** The index of the place. If its item is gone, the index where it would be. */
  #firstAt(place: Pick<Cursor, 'time' | 'id'>): number {
    const items = this.all()
    let low = 0
    let high = items.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#compare(items[middle] as Sorted, place) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  #firstAfter(place: Pick<Cursor, 'time' | 'id'>): number {
    const at = this.#firstAt(place)
    return this.all()[at]?.id === place.id ? at + 1 : at
  }

  #place(item: Sorted) {
    return { time: this.#timeOf(item), id: item.id }
  }

  #compare(item: Sorted, place: Pick<Cursor, 'time' | 'id'>): number {
    const difference = this.#timeOf(item) - place.time
    if (difference !== 0) return difference
    return item.id < place.id ? -1 : Number(item.id > place.id)
  }
}

function* walk<Sorted>(
  items: readonly Sorted[],
  from: number,
  step: 1 | -1,
  matches: (item: Sorted) => boolean,
  lowest = 0,
): Generator<Sorted> {
  for (let at = from; at >= lowest && at < items.length; at += step) {
    const item = items[at] as Sorted
    if (matches(item)) yield item
  }
}
