/** A function that is due at a virtual time. A cancelled timer is only marked, and dropped when it comes first. */
export type Timer = { readonly time: number; readonly order: number; readonly run: () => void; cancelled: boolean }

/** Timers by due time, then by the order in which they were added. So the same script always runs the same way. */
export class TimerQueue {
  readonly #heap: Timer[] = []
  #added = 0

  /** `time` is virtual milliseconds since the epoch. */
  add(time: number, run: () => void): Timer {
    const timer: Timer = { time, order: this.#added++, run, cancelled: false }
    this.#heap.push(timer)
    this.#siftUp(this.#heap.length - 1)
    return timer
  }

  /** The next timer that is not cancelled. It stays in the queue. */
  peek(): Timer | undefined {
    while (this.#heap[0]?.cancelled) this.#removeFirst()
    return this.#heap[0]
  }

  pop(): Timer | undefined {
    const first = this.peek()
    if (first) this.#removeFirst()
    return first
  }

  clear(): void {
    this.#heap.length = 0
  }

  #removeFirst(): void {
    const last = this.#heap.pop()
    if (!last || this.#heap.length === 0) return
    this.#heap[0] = last
    this.#siftDown(0)
  }

  #siftUp(start: number): void {
    let child = start
    while (child > 0) {
      const parent = (child - 1) >> 1
      if (!this.#before(child, parent)) return
      this.#swap(child, parent)
      child = parent
    }
  }

  #siftDown(start: number): void {
    let parent = start
    for (;;) {
      let smallest = parent
      for (const child of [2 * parent + 1, 2 * parent + 2]) {
        if (child < this.#heap.length && this.#before(child, smallest)) smallest = child
      }
      if (smallest === parent) return
      this.#swap(parent, smallest)
      parent = smallest
    }
  }

  #before(left: number, right: number): boolean {
    const a = this.#heap[left] as Timer
    const b = this.#heap[right] as Timer
    return a.time < b.time || (a.time === b.time && a.order < b.order)
  }

  #swap(left: number, right: number): void {
    const timer = this.#heap[left] as Timer
    this.#heap[left] = this.#heap[right] as Timer
    this.#heap[right] = timer
  }
}
