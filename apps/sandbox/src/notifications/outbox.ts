import type { Timer } from '../clock/timer-queue.ts'
import type { VirtualClock } from '../clock/virtual-clock.ts'
import type { FaultBook } from '../faults/fault-book.ts'
import type { Delivery } from './delivery-log.ts'

/** The fault `reorder` holds a message until the next one. If none follows in this time, it is sent. Virtual ms. */
const longestHoldMs = 60_000

type Send = () => Promise<void>
type Held = { sendAll: () => void; timer: Timer }

/**
 * The order of first attempts. Messages about one bot or calendar to one receiver are sent one after the other, so that
 * they usually arrive in order (Meeting BaaS docs: "generally in order"). Faults break the order on request. Retries do
 * not wait.
 */
export class Outbox {
  readonly #clock: VirtualClock
  readonly #faults: FaultBook
  readonly #lines = new Map<string, Promise<void>>()
  readonly #held = new Map<string, Held>()

  constructor(clock: VirtualClock, faults: FaultBook) {
    this.#clock = clock
    this.#faults = faults
  }

  /** Sends a new message, unless a fault drops, doubles, delays or holds it. */
  send(delivery: Delivery, send: Send): void {
    const faults = this.#faults.strikeNotification(delivery)
    delivery.notes.push(...faults.map((fault) => `Fault: ${fault.kind}.`))
    const line = `${delivery.channel} ${delivery.url} ${delivery.botId ?? delivery.calendarId}`
    if (faults.some((fault) => fault.kind === 'drop')) {
      delivery.state = 'dropped'
      return this.#releaseHeld(line)
    }
    const copies = 1 + faults.reduce((sum, fault) => sum + (fault.kind === 'duplicate' ? fault.copies : 0), 0)
    const delay = faults.reduce((sum, fault) => sum + (fault.kind === 'delay' ? fault.ms : 0), 0)
    const sendAll = () => {
      for (let copy = 0; copy < copies; copy++) this.#enqueue(line, send)
    }
    if (delay > 0) this.#clock.after(delay, sendAll)
    else if (faults.some((fault) => fault.kind === 'reorder') && !this.#held.has(line)) this.#hold(line, sendAll)
    else {
      sendAll()
      this.#releaseHeld(line)
    }
  }

  reset(): void {
    this.#held.clear()
    this.#lines.clear()
  }

  #enqueue(line: string, send: Send): void {
    const turn = (this.#lines.get(line) ?? Promise.resolve()).then(send)
    this.#lines.set(line, turn)
    this.#clock.track(turn)
    const forget = () => {
      if (this.#lines.get(line) === turn) this.#lines.delete(line)
    }
    turn.then(forget, forget)
  }

  #hold(line: string, sendAll: () => void): void {
    const timer = this.#clock.after(longestHoldMs, () => this.#releaseHeld(line))
    this.#held.set(line, { sendAll, timer })
  }

  #releaseHeld(line: string): void {
    const held = this.#held.get(line)
    if (!held) return
    this.#held.delete(line)
    this.#clock.cancel(held.timer)
    held.sendAll()
  }
}
