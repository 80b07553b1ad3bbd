import type { Timer } from '../clock/timer-queue.ts'
import type { BotConfig } from './bot-config.ts'
import type { Platform } from './platform.ts'

export const scheduledStatuses = ['scheduled', 'cancelled', 'completed', 'failed'] as const
export type ScheduledStatus = (typeof scheduledStatuses)[number]

/** A booking for a bot. `completed` means "the bot was created and queued", not that a recording exists. Times: virtual ms. */
export type ScheduledBot = {
  readonly id: string
  readonly order: number
  readonly createdAt: number
  readonly eventId: string | null
  config: BotConfig
  platform: Platform
  joinAt: number
  status: ScheduledStatus
  updatedAt: number
  cancelledAt: number | null
  launch: Timer | undefined
}

/** Soonest first, then by age of the booking. */
export function bySchedule(left: { joinAt: number; order: number }, right: { joinAt: number; order: number }): number {
  return left.joinAt - right.joinAt || left.order - right.order
}

/** All bookings, listed soonest first. The order is computed once after a change and kept until the next. */
export class ScheduleStore {
  readonly #byId = new Map<string, ScheduledBot>()
  #sorted: ScheduledBot[] | undefined

  get size(): number {
    return this.#byId.size
  }

  get(id: string): ScheduledBot | undefined {
    return this.#byId.get(id)
  }

  add(scheduled: ScheduledBot): void {
    this.#byId.set(scheduled.id, scheduled)
    this.#sorted = undefined
  }

  /** To be called when a booking's `joinAt` has changed. */
  reorder(): void {
    this.#sorted = undefined
  }

  clear(): void {
    this.#byId.clear()
    this.#sorted = undefined
  }

  soonestFirst(): readonly ScheduledBot[] {
    this.#sorted ??= [...this.#byId.values()].sort(bySchedule)
    return this.#sorted
  }
}
