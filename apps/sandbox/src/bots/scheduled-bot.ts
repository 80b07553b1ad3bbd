import type { Timer } from '../clock/timer-queue.ts'
import type { BotConfig } from './bot-config.ts'
import type { Platform } from './platform.ts'

export const scheduledStatuses = ['scheduled', 'cancelled', 'completed', 'failed'] as const
export type ScheduledStatus = (typeof scheduledStatuses)[number]

/**
 * A booking for a bot. `completed` means that the bot was created and queued, not that it recorded. Times: virtual ms.
 */
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

/** Soonest first; at the same time, the older booking first. */
export function bySchedule(left: { joinAt: number; order: number }, right: { joinAt: number; order: number }): number {
  return left.joinAt - right.joinAt || left.order - right.order
}

/** All bookings, listed soonest first. They are sorted when the list is read after a change. */
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

  /** Call this when a booking's `joinAt` has changed. */
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
