import { allowedActions } from '../bots/actions.ts'
import type { Bot } from '../bots/bot.ts'
import type { ScheduledBot } from '../bots/scheduled-bot.ts'
import type { Delivery } from '../notifications/delivery-log.ts'
import type { WebhookEndpoint } from '../notifications/endpoints.ts'
import { iso, isoOrNull } from '../time.ts'
import type { World } from '../world.ts'

/** A bot for the sandbox's own API and page: everything about it, with virtual times. */
export function presentBot(world: World, bot: Bot) {
  const next = bot.script.steps[bot.script.next]
  return {
    botId: bot.id,
    botName: bot.config.bot_name,
    meetingUrl: bot.config.meeting_url,
    platform: bot.platform,
    scenario: bot.plan.scenario,
    status: bot.status,
    createdAt: iso(bot.createdAt),
    joinAt: isoOrNull(bot.joinAt),
    eventId: bot.eventId,
    endedAt: isoOrNull(bot.endedAt),
    recordedSeconds: world.durationOf(bot),
    participants: bot.participants.map(({ name }) => name),
    failure: bot.failure,
    extra: bot.extra,
    artifactsDeleted: bot.artifactsDeleted,
    history: bot.history.map(({ code, at, message }) => ({ code, at: iso(at), message })),
    next: next && bot.script.timer ? { status: next.status, at: iso(bot.script.timer.time) } : null,
    actions: allowedActions(bot),
    deliveries: world.log.ofBot(bot.id).map(presentDelivery),
  }
}

export function presentScheduled(scheduled: ScheduledBot) {
  return {
    botId: scheduled.id,
    botName: scheduled.config.bot_name,
    meetingUrl: scheduled.config.meeting_url,
    platform: scheduled.platform,
    status: scheduled.status,
    joinAt: iso(scheduled.joinAt),
    eventId: scheduled.eventId,
    createdAt: iso(scheduled.createdAt),
    extra: scheduled.config.extra,
  }
}

/** A notification and how its delivery went. */
export function presentDelivery(delivery: Delivery) {
  const { body: _long, ...facts } = delivery
  const attempts = delivery.attempts.map(({ at, ...outcome }) => ({ ...outcome, at: iso(at) }))
  return { ...facts, createdAt: iso(delivery.createdAt), attempts }
}

/** The same with the text that was sent. */
export function presentDeliveryWithBody(delivery: Delivery) {
  return { ...presentDelivery(delivery), body: delivery.body }
}

export function presentEndpoint(endpoint: WebhookEndpoint) {
  return { ...endpoint, failingSince: isoOrNull(endpoint.failingSince) }
}
