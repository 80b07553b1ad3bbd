import { type Timer, TimerQueue } from './timer-queue.ts'

/** The longest delay that setTimeout accepts. For a later timer the clock wakes up early and sets it again. */
const longestTimeoutMs = 2 ** 31 - 1

/** `startAt` is virtual ms since 1970. `speed` is virtual seconds per real second; 0 freezes time. */
export type ClockOptions = { startAt: number; speed: number; realNow: () => number }

/**
 * The one source of time and timers in the sandbox.
 *
 * Time either flows (`speed` times as fast as real time) or is moved by `advance` and `jumpTo`. Both fire every timer
 * that becomes due, in order, and while a timer runs `now()` is that timer's own due time. A jump also waits, at every
 * instant it passes, for the work started there (deliveries), so that a receiver's answer can decide what happens next.
 */
export class VirtualClock {
  readonly #timers = new TimerQueue()
  readonly #work = new Set<Promise<unknown>>()
  readonly #realNow: () => number
  #speed: number
  #anchor: { virtual: number; real: number }
  #heldAt: number | undefined
  #jumping = false
  #jumps: Promise<unknown> = Promise.resolve()
  #wakeUp: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: ClockOptions) {
    this.#realNow = options.realNow
    this.#speed = options.speed
    this.#anchor = { virtual: options.startAt, real: options.realNow() }
  }

  /** Goes on from a kept time, unless the clock is later already. */
  startFrom(virtual: number): void {
    this.#anchor = { virtual: Math.max(virtual, this.now()), real: this.#realNow() }
  }

  /** Virtual milliseconds since the epoch. */
  now(): number {
    if (this.#heldAt !== undefined) return this.#heldAt
    return Math.floor(this.#anchor.virtual + (this.#realNow() - this.#anchor.real) * this.#speed)
  }

  get speed(): number {
    return this.#speed
  }

  /** Changes the flow of time from now on; 0 freezes it. */
  setSpeed(speed: number): void {
    this.catchUp()
    this.#anchor = { virtual: this.now(), real: this.#realNow() }
    this.#speed = speed
    this.#arm()
  }

  /** Runs `run` at the virtual time `time` (ms). If that time is past, it runs as soon as time moves. */
  at(time: number, run: () => void): Timer {
    const timer = this.#timers.add(Math.max(time, this.now()), run)
    this.#arm()
    return timer
  }

  /** Runs `run` after `ms` virtual milliseconds. */
  after(ms: number, run: () => void): Timer {
    return this.at(this.now() + ms, run)
  }

  cancel(timer: Timer | undefined): void {
    if (timer) timer.cancelled = true
  }

  /** Registers work that a jump must see finished before it goes on. */
  track(work: Promise<unknown>): void {
    this.#work.add(work)
    work.finally(() => this.#work.delete(work)).catch(() => undefined)
  }

  /** Fires what is due in flowing time. Called before each request, so that no answer is behind the clock. */
  catchUp(): void {
    if (this.#jumping || this.#closed) return
    const until = this.now()
    for (let next = this.#timers.peek(); next && next.time <= until; next = this.#timers.peek()) {
      this.#timers.pop()
      this.#runHeld(next)
    }
    this.#arm()
  }

  /**
   * Moves time forward by `ms` virtual milliseconds. Resolves when everything due on the way is done, answers included.
   */
  advance(ms: number): Promise<void> {
    return this.#enqueueJump(() => this.now() + ms)
  }

  /** Moves time forward to `time` (virtual ms). Does nothing if that time is past. */
  jumpTo(time: number): Promise<void> {
    return this.#enqueueJump(() => time)
  }

  /** Forgets every timer. Nothing fires any more. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#wakeUp)
    this.#timers.clear()
  }

  /** Forgets every timer, but keeps time and speed. */
  clearTimers(): void {
    this.#timers.clear()
  }

  #enqueueJump(target: () => number): Promise<void> {
    const jump = this.#jumps.then(() => this.#jump(target))
    this.#jumps = jump.catch(() => undefined)
    return jump
  }

  async #jump(target: () => number): Promise<void> {
    await this.#settle()
    this.catchUp()
    const start = this.now()
    const end = Math.max(target(), start)
    this.#jumping = true
    this.#heldAt = start
    try {
      for (let next = this.#timers.peek(); next && next.time <= end && !this.#closed; next = this.#timers.peek()) {
        this.#runInstant(next.time)
        await this.#settle()
      }
    } finally {
      this.#heldAt = undefined
      this.#jumping = false
      this.#anchor = { virtual: end, real: this.#realNow() }
      this.#arm()
    }
  }

  #runInstant(time: number): void {
    this.#heldAt = Math.max(time, this.#heldAt ?? time)
    for (let next = this.#timers.peek(); next && next.time <= time; next = this.#timers.peek()) {
      this.#timers.pop()
      next.run()
    }
  }

  #runHeld(timer: Timer): void {
    this.#heldAt = timer.time
    try {
      timer.run()
    } finally {
      this.#heldAt = undefined
    }
  }

  async #settle(): Promise<void> {
    while (this.#work.size > 0) await Promise.allSettled(this.#work)
  }

  #arm(): void {
    clearTimeout(this.#wakeUp)
    const next = this.#timers.peek()
    if (!next || this.#speed === 0 || this.#jumping || this.#closed || this.#heldAt !== undefined) return
    const realMs = Math.max(0, Math.ceil((next.time - this.now()) / this.#speed))
    this.#wakeUp = setTimeout(() => this.catchUp(), Math.min(realMs, longestTimeoutMs))
    this.#wakeUp.unref()
  }
}
