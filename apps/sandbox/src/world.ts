import { Account } from './bots/account.ts'
import { type Bot, recordedSeconds } from './bots/bot.ts'
import { BotStore } from './bots/bot-store.ts'
import { sayAsBot } from './bots/chat.ts'
import { Fleet } from './bots/fleet.ts'
import { Lifecycle } from './bots/lifecycle.ts'
import { ScenarioBook } from './bots/scenarios.ts'
import { ScheduleStore } from './bots/scheduled-bot.ts'
import { tokensOf } from './bots/tokens.ts'
import { CalendarBots } from './calendars/calendar-bots.ts'
import type { CalendarSettings } from './calendars/calendar-settings.ts'
import { CalendarSync } from './calendars/calendar-sync.ts'
import { Calendars } from './calendars/calendars.ts'
import { AccountBook } from './calendars/provider/account-book.ts'
import { VendorJobs } from './calendars/vendor-jobs.ts'
import { VirtualClock } from './clock/virtual-clock.ts'
import { FaultBook } from './faults/fault-book.ts'
import { signArtifacts } from './files/artifacts.ts'
import { Presigner } from './files/presign.ts'
import { WriteLimiter } from './http/write-limiter.ts'
import { DeliveryLog } from './notifications/delivery-log.ts'
import { Endpoints } from './notifications/endpoints.ts'
import { HttpPoster } from './notifications/http-post.ts'
import { Notifier } from './notifications/notifier.ts'
import { finalEvent, type Notification, statusChanges } from './notifications/payloads.ts'
import { createRandom } from './random.ts'
import { Buckets } from './s3/buckets.ts'
import type { Settings } from './settings.ts'

const dayMs = 24 * 3600_000

/** All state of one sandbox, and the parts that act on it. */
export type World = ReturnType<typeof createWorld>

export function createWorld(settings: Settings) {
  const { realNow } = settings
  const clock = new VirtualClock({ startAt: settings.startAt, speed: settings.speed, realNow })
  const random = createRandom(settings.seed)
  const faults = new FaultBook(random)
  const bots = new BotStore()
  const schedules = new ScheduleStore()
  const account = new Account({ tokens: settings.tokens, dailyCap: settings.dailyCap })
  const limiter = new WriteLimiter(settings.rateLimit, realNow)
  const scenarios = new ScenarioBook(settings.plan)
  const presigner = new Presigner()
  const s3 = new Buckets(settings.s3Buckets, settings.s3Folder)
  const endpoints = new Endpoints()
  const log = new DeliveryLog(settings.historyLimit)
  const poster = new HttpPoster(settings.deliveryTimeoutMs)
  const notifier = new Notifier({ clock, endpoints, log, poster, faults, random, realNow })

  const announceEnd = (bot: Bot) => {
    const notification = finalEvent(bot, signArtifacts(bot, presigner, clock.now()), clock.now())
    notifier.webhook(notification)
    const { callback_enabled, callback_config } = bot.config
    if (callback_enabled && callback_config) notifier.callback(notification, callback_config)
  }
  const lifecycle = new Lifecycle(clock, {
    statusChanged: (bot, entry) => {
      const { entry_message } = bot.config
      if (entry.code === 'in_call_not_recording' && entry_message) sayAsBot(bot, entry_message, entry.at)
      for (const change of statusChanges(bot, entry)) notifier.webhook(change)
    },
    ended: (bot) => {
      account.spend(tokensOf(bot)?.total ?? 0)
      clock.after(settings.retentionDays * dayMs, () => {
        bot.artifactsDeleted = true
      })
      announceEnd(bot)
    },
  })
  const launchLeadMs = settings.launchLeadSeconds * 1000
  const calendarSettings = defaultCalendarSettings(settings)
  const eventSchedules = new ScheduleStore()
  const uniqueEventBots = () => calendarSettings.uniqueBots
  const stores = { bots, schedules, eventSchedules }
  const fleet = new Fleet({ clock, ...stores, account, scenarios, lifecycle, launchLeadMs, uniqueEventBots })

  const accounts = new AccountBook(settings.oauthClients)
  const calendarBots = new CalendarBots({ clock, fleet, bots, lifecycle })
  const calendarParts = {
    clock,
    settings: calendarSettings,
    bots: calendarBots,
    notify: (notification: Notification) => notifier.webhook(notification),
  }
  const sync = new CalendarSync(calendarParts)
  const connected = () => vendorJobs.start()
  const calendars: Calendars = new Calendars({ ...calendarParts, accounts, sync, connected })
  const vendorJobs = new VendorJobs({ ...calendarParts, calendars, sync })

  const addConfiguredEndpoints = () => {
    for (const url of settings.webhookUrls) endpoints.add({ url, secrets: [...settings.webhookSecrets] })
  }
  addConfiguredEndpoints()

  /** Resets everything except the clock's time and speed. */
  const reset = () => {
    clock.clearTimers()
    notifier.reset()
    bots.clear()
    schedules.clear()
    eventSchedules.clear()
    calendars.clear()
    accounts.clear()
    vendorJobs.reset()
    Object.assign(calendarSettings, defaultCalendarSettings(settings))
    log.clear()
    faults.clear()
    scenarios.clear()
    s3.clear()
    endpoints.clear()
    account.reset({ tokens: settings.tokens, dailyCap: settings.dailyCap })
    limiter.limit = settings.rateLimit
    addConfiguredEndpoints()
  }

  const close = async () => {
    clock.close()
    await poster.close()
  }

  /** How many seconds a bot has recorded by now; null when it never recorded. */
  const durationOf = (bot: Bot) => recordedSeconds(bot.recording, clock.now())

  return {
    settings,
    clock,
    faults,
    bots,
    schedules,
    account,
    accounts,
    sync,
    random,
    calendars,
    calendarBots,
    calendarSettings,
    eventSchedules,
    limiter,
    scenarios,
    presigner,
    s3,
    endpoints,
    log,
    notifier,
    lifecycle,
    fleet,
    durationOf,
    reset,
    close,
  }
}

function defaultCalendarSettings({ calendarLimit }: Settings): CalendarSettings {
  return { limit: calendarLimit, firstSyncSeconds: 0, renewals: true, announceExtension: false, uniqueBots: false }
}
