import { randomUUID } from 'node:crypto'
import type { VirtualClock } from '../clock/virtual-clock.ts'
import type { Account, Refusal } from './account.ts'
import type { Bot, Failure } from './bot.ts'
import type { BotConfig } from './bot-config.ts'
import type { BotStore } from './bot-store.ts'
import { type Lifecycle, noRecording } from './lifecycle.ts'
import type { Platform } from './platform.ts'
import type { Plan, ScenarioBook } from './scenarios.ts'
import type { ScheduledBot, ScheduleStore } from './scheduled-bot.ts'
import { type ScriptContext, scriptFor } from './scripts.ts'

/** The vendor's launcher runs every minute (Meeting BaaS docs, self-hosting/configuration). */
const launcherPeriodMs = 60_000

const refusalMessages: Record<Refusal, string> = {
  DAILY_BOT_CAP_REACHED: 'The daily bot cap of your team is reached. It counts bots over a rolling 24 hours.',
  INSUFFICIENT_TOKENS: 'Insufficient tokens to send this bot.',
  BOT_ALREADY_EXISTS: 'A bot was already sent to this meeting URL within the last 5 minutes.',
}

export type FleetParts = {
  clock: VirtualClock
  bots: BotStore
  schedules: ScheduleStore
  /** Bookings for calendar events. The vendor has no list of them. */
  eventSchedules: ScheduleStore
  account: Account
  scenarios: ScenarioBook
  lifecycle: Lifecycle
  /**
   * How long before `join_at` a booked bot may be started, in virtual ms. Until `join_at` it stays outside the meeting.
   */
  launchLeadMs: number
  /** Whether a bot for an event fails when another bot of the team went to the same meeting just before. */
  uniqueEventBots: () => boolean
}

type Identity = { id: string; eventId: string | null; joinAt: number | null }

/** Sends bots, now or at a booked time. */
export class Fleet {
  readonly #parts: FleetParts

  constructor(parts: FleetParts) {
    this.#parts = parts
  }

  /** Sends a bot now. When the cap, the tokens or the duplicate lock forbid it, nothing is stored. */
  send(config: BotConfig, platform: Platform): { bot: Bot } | { refusal: Refusal; message: string } {
    const identity: Identity = { id: randomUUID(), eventId: null, joinAt: null }
    const plan = this.#planFor(identity.id, config, platform)
    const refusal = this.#parts.account.refusalFor(config, plan.scenario, this.#parts.clock.now())
    if (refusal) return { refusal, message: refusalMessages[refusal] }
    return { bot: this.#start(identity, config, platform, plan) }
  }

  /** Books a bot, with or without a calendar event. Tokens, cap and duplicates are checked when the bot is launched. */
  schedule(config: BotConfig, platform: Platform, joinAt: number, eventId: string | null = null): ScheduledBot {
    const now = this.#parts.clock.now()
    const store = eventId === null ? this.#parts.schedules : this.#parts.eventSchedules
    const scheduled: ScheduledBot = {
      id: randomUUID(),
      order: store.size,
      createdAt: now,
      eventId,
      config,
      platform,
      joinAt,
      status: 'scheduled',
      updatedAt: now,
      cancelledAt: null,
      launch: undefined,
    }
    store.add(scheduled)
    this.armLaunch(scheduled)
    return scheduled
  }

  /** Sets or moves the launch of a booking. The launcher runs every minute; the run that fits `joinAt` is used. */
  armLaunch(scheduled: ScheduledBot): void {
    const { clock, launchLeadMs } = this.#parts
    clock.cancel(scheduled.launch)
    const earliest = Math.max(scheduled.joinAt - launchLeadMs, clock.now())
    const run = Math.ceil(earliest / launcherPeriodMs) * launcherPeriodMs
    scheduled.launch = clock.at(run, () => this.#launch(scheduled))
  }

  /** Marks a booking that was not launched as cancelled. */
  cancel(scheduled: ScheduledBot): void {
    this.#parts.clock.cancel(scheduled.launch)
    scheduled.status = 'cancelled'
    scheduled.cancelledAt = this.#parts.clock.now()
    scheduled.updatedAt = scheduled.cancelledAt
  }

  #launch(scheduled: ScheduledBot): void {
    const { account, clock, lifecycle, uniqueEventBots } = this.#parts
    const { platform, id, eventId, joinAt } = scheduled
    const isOnlyBot = eventId !== null && uniqueEventBots()
    const config = isOnlyBot ? { ...scheduled.config, allow_multiple_bots: false } : scheduled.config
    const plan = this.#planFor(id, config, platform)
    const refusal = account.refusalFor(config, plan.scenario, clock.now())
    scheduled.updatedAt = clock.now()
    scheduled.status = refusal ? 'failed' : 'completed'
    if (!refusal) {
      this.#start({ id, eventId, joinAt }, config, platform, plan)
      return
    }
    const bot = this.#create({ id, eventId, joinAt }, config, platform, plan)
    const failure: Failure = { code: refusal, message: refusalMessages[refusal] }
    lifecycle.enter(bot, { status: 'failed', failure })
  }

  #start(identity: Identity, config: BotConfig, platform: Platform, plan: Plan): Bot {
    const bot = this.#create(identity, config, platform, plan)
    this.#parts.account.recordLaunch(config, bot.createdAt)
    bot.history.push({ code: 'queued', at: bot.createdAt })
    this.#parts.lifecycle.play(bot, scriptFor(scriptContext(bot, this.#holdAtArrival(bot))))
    return bot
  }

  #create(identity: Identity, config: BotConfig, platform: Platform, plan: Plan): Bot {
    const bot: Bot = {
      ...identity,
      index: this.#parts.bots.size,
      platform,
      config,
      plan,
      createdAt: this.#parts.clock.now(),
      extra: config.extra,
      status: 'queued',
      history: [],
      script: { steps: [], next: 0, timer: undefined },
      recording: { ...noRecording },
      participants: plan.scenario === 'nobody_came' ? [] : plan.participants.map((name, at) => ({ name, id: at + 1 })),
      chat: [],
      endedAt: null,
      failure: null,
      artifactsDeleted: false,
    }
    this.#parts.bots.add(bot)
    return bot
  }

  #planFor(botId: string, config: BotConfig, platform: Platform): Plan {
    const { bot_name: botName, meeting_url: meetingUrl } = config
    return this.#parts.scenarios.planFor({ botId, botName, meetingUrl, platform })
  }

  /** A bot that was launched early reaches the waiting room before its time and waits there. */
  #holdAtArrival(bot: Bot): number {
    const { pickup, join } = bot.plan.timings
    return Math.max(0, holdFor(bot, this.#parts.clock.now()) - pickup - join)
  }
}

/** How many virtual seconds a bot must still stay outside its meeting, at `now` (virtual ms). */
export function holdFor(bot: Bot, now: number): number {
  return bot.joinAt === null ? 0 : Math.max(0, (bot.joinAt - now) / 1000)
}

export function scriptContext(bot: Bot, hold: number): ScriptContext {
  return { plan: bot.plan, platform: bot.platform, config: bot.config, hold }
}
