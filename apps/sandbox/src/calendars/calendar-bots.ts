import { leaveMeeting } from '../bots/actions.ts'
import { isTerminal } from '../bots/bot.ts'
import type { EventBotConfig } from '../bots/bot-config.ts'
import type { BotStore } from '../bots/bot-store.ts'
import type { Fleet } from '../bots/fleet.ts'
import type { Lifecycle } from '../bots/lifecycle.ts'
import { platformOf } from '../bots/platform.ts'
import type { ScheduledBot } from '../bots/scheduled-bot.ts'
import type { VirtualClock } from '../clock/virtual-clock.ts'
import type { Connection, Instance } from './connection.ts'
import type { Changes, Updated } from './reconcile.ts'

/** Up to this long before it joins, a bot follows its event and can be changed (openapi-v2.json, updateCalendarBot). */
export const editLockMs = 4 * 60_000

/** Why no bot can be booked for an event. The vendor publishes no codes for this. */
export type Obstacle = { code: string; message: string }

export type CalendarBotsParts = { clock: VirtualClock; fleet: Fleet; bots: BotStore; lifecycle: Lifecycle }

/** Books bots for events, and makes them follow changes of their events. */
export class CalendarBots {
  readonly #parts: CalendarBotsParts

  constructor(parts: CalendarBotsParts) {
    this.#parts = parts
  }

  /** Books a bot for an event. The bot keeps the link that the event has now. */
  schedule(event: Instance, config: EventBotConfig): Obstacle | undefined {
    const obstacle = this.#obstacleTo(event)
    if (!obstacle) this.#book(event, config, event.content.meetingUrl as string)
    return obstacle
  }

  /** Whether a bot of the event can still be called off: it is booked, on its way, or in the meeting. */
  canStop({ bookings }: Instance): boolean {
    return bookings.some((booking) => booking.status === 'scheduled' || this.#isLive(booking))
  }

  /** Calls off every bot of an event. A booked bot never starts, a launched bot leaves. */
  stop({ bookings }: Instance): void {
    for (const booking of bookings) {
      const bot = this.#parts.bots.get(booking.id)
      if (booking.status === 'scheduled') this.#parts.fleet.cancel(booking)
      else if (bot && this.#isLive(booking)) leaveMeeting(this.#parts, bot)
    }
  }

  /** Whether a booking can still be changed. */
  isOpen({ status, joinAt }: ScheduledBot): boolean {
    return status === 'scheduled' && joinAt - this.#parts.clock.now() >= editLockMs
  }

  /** Makes the bots of a series follow its changes. */
  follow({ series, created, updated, cancelled, removed }: Changes): void {
    const { botConfig } = series
    if (botConfig) for (const event of created) this.schedule(event, botConfig)
    for (const event of [...cancelled, ...removed]) this.stop(event)
    for (const one of updated) this.#followOne(one)
  }

  /** A calendar was disconnected: bookings are cancelled, bots in a meeting stay (openapi-v2.json). */
  abandon(connection: Connection): void {
    for (const { bookings } of connection.instances.all()) {
      for (const booking of bookings) if (booking.status === 'scheduled') this.#parts.fleet.cancel(booking)
    }
  }

  /**
   * If there is time, the booking moves with its event but keeps its link. If it is too late, the old bot goes where it
   * was sent, and a second bot is booked for the changed event: two bots for one event (Meeting BaaS docs, calendars).
   */
  #followOne({ instance, before }: Updated): void {
    const { series, start, end, content } = instance
    const booking = instance.bookings.findLast(({ status }) => status === 'scheduled' || status === 'completed')
    if (!booking) {
      if (series.botConfig) this.schedule(instance, series.botConfig)
      return
    }
    if (this.isOpen(booking)) return this.#move(booking, start)
    const relinked = content.meetingUrl !== null && content.meetingUrl !== before.meetingUrl
    const concerned = start !== before.start || relinked
    if (!concerned || end <= this.#parts.clock.now()) return
    this.#book(instance, booking.config, linkOf(instance) ?? booking.config.meeting_url)
  }

  #move(booking: ScheduledBot, start: number): void {
    if (booking.joinAt === start) return
    booking.joinAt = start
    booking.updatedAt = this.#parts.clock.now()
    this.#parts.fleet.armLaunch(booking)
  }

  #book(event: Instance, config: EventBotConfig, meeting_url: string): void {
    const platform = platformOf(meeting_url)
    if (!platform) return
    const whole = { ...config, meeting_url, allow_multiple_bots: true }
    const booking = this.#parts.fleet.schedule(whole, platform, event.start, event.id)
    event.bookings = [...event.bookings, booking]
  }

  #obstacleTo(event: Instance): Obstacle | undefined {
    const { status, end, content } = event
    if (this.canStop(event))
      return { code: 'BOT_ALREADY_SCHEDULED', message: 'A bot is already scheduled for this event.' }
    if (status === 'cancelled') return { code: 'EVENT_CANCELLED', message: 'The event is cancelled.' }
    if (end <= this.#parts.clock.now()) return { code: 'EVENT_ENDED', message: 'The event has ended.' }
    if (content.meetingUrl === null) return { code: 'NO_MEETING_URL', message: 'The event has no meeting URL.' }
    if (linkOf(event)) return undefined
    return { code: 'INVALID_MEETING_PLATFORM', message: 'The link of the event leads to no known meeting platform.' }
  }

  #isLive({ id, status }: ScheduledBot): boolean {
    const bot = this.#parts.bots.get(id)
    return status === 'completed' && bot !== undefined && !isTerminal(bot)
  }
}

/** The event's link if a bot can go there. */
function linkOf({ content }: Instance): string | undefined {
  const { meetingUrl } = content
  return meetingUrl !== null && platformOf(meetingUrl) ? meetingUrl : undefined
}
