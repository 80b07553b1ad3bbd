import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { leaveMeeting } from '../../bots/actions.ts'
import { type Bot, isInCall, isTerminal } from '../../bots/bot.ts'
import { callbackConfigSchema, extraSchema } from '../../bots/bot-config.ts'
import { sayAsBot } from '../../bots/chat.ts'
import { beginRetranscription } from '../../bots/retranscription.ts'
import { signArtifacts } from '../../files/artifacts.ts'
import { finalEvent } from '../../notifications/payloads.ts'
import type { World } from '../../world.ts'
import { findByPathId, parse } from '../parse.ts'
import { VendorError, wrongBotStatus } from '../vendor-error.ts'
import { cancelScheduled } from './scheduled-routes.ts'

const chatText = z
  .string()
  .min(1)
  .max(500)
  .refine((text) => text.trim() !== '', 'cannot be whitespace only')
const sendChatSchema = z.strictObject({ message: chatText })
const pauseSchema = z.strictObject({ chat_message: z.string().max(500).nullable().default(null) })
const updateConfigSchema = z.strictObject({ extra: extraSchema })
/** Not in openapi-v2.json; SDK 6.2.0 has it. */
const retranscribeSchema = z.strictObject({
  transcription: z
    .strictObject({
      provider: z.literal('gladia').optional(),
      api_key: z.string().min(1).nullish(),
      region: z.string().optional(),
      custom_params: z.record(z.string(), z.unknown()).nullish(),
    })
    .nullish(),
})
const deleteDataQuery = z.object({ delete_from_provider: z.enum(['true', 'false']).default('true') })

const done = (message: string) => ({ success: true, data: { message } })

/** What a caller can do to a bot that was sent. */
export function registerBotActionRoutes(app: FastifyInstance, world: World): void {
  const findBot = (params: unknown) => findByPathId(params, (id) => world.bots.get(id))

  app.post('/v2/bots/:bot_id/leave', (request) => {
    const target = findByPathId(request.params, (id) => world.bots.get(id) ?? world.schedules.get(id))
    if ('launch' in target) cancelScheduled(world, target)
    else {
      requireLive(target)
      leaveMeeting(world, target)
    }
    return done('Bot is leaving the meeting')
  })

  app.patch('/v2/bots/:bot_id/update-config', (request) => {
    const bot = findBot(request.params)
    const { extra } = parse('body', updateConfigSchema, request.body)
    bot.extra = extra === null ? null : { ...bot.extra, ...extra }
    return done('Bot config updated successfully')
  })

  app.delete('/v2/bots/:bot_id/delete-data', (request) => {
    const bot = findBot(request.params)
    parse('querystring', deleteDataQuery, request.query)
    requireEnded(bot)
    bot.artifactsDeleted = true
    return done('Bot data deleted successfully')
  })

  app.post('/v2/bots/:bot_id/resend-webhook', (request) => {
    const bot = findBot(request.params)
    requireEnded(bot)
    world.notifier.webhook(freshFinalEvent(world, bot))
    return done('Webhook resent successfully')
  })

  app.post('/v2/bots/:bot_id/retry-callback', (request) => {
    const bot = findBot(request.params)
    const override = isEmpty(request.body) ? null : parse('body', callbackConfigSchema, request.body)
    requireEnded(bot)
    if (!bot.config.transcription_enabled) throw wrongBotStatus('The bot had no transcription enabled.')
    const target = override ?? (bot.config.callback_enabled ? bot.config.callback_config : null)
    if (!target) throw wrongBotStatus('No callback was configured for this bot.')
    world.notifier.callback(freshFinalEvent(world, bot), target)
    return done('Callback retried successfully')
  })

  app.post('/v2/bots/:bot_id/retranscribe', (request) => {
    const bot = findBot(request.params)
    parse('body', retranscribeSchema, request.body ?? {})
    requireEnded(bot)
    if (!beginRetranscription(world.clock, bot)) {
      throw wrongBotStatus('The bot has no recording, or it is being transcribed already.')
    }
    return done('Re-transcription started')
  })

  app.post('/v2/bots/:bot_id/send-chat-message', (request) => {
    const bot = findBot(request.params)
    const { message } = parse('body', sendChatSchema, request.body)
    if (!isInCall(bot)) throw wrongBotStatus(`The bot is ${bot.status} and cannot send chat messages.`)
    // On Google Meet the bot cannot tell that the host has restricted the chat (openapi-v2.json, sendChatMessage).
    if (bot.plan.chatDisabled && bot.platform !== 'meet') {
      throw new VendorError(422, 'FST_ERR_CHAT_DISABLED', 'Chat is disabled in this meeting.')
    }
    sayAsBot(bot, message, world.clock.now())
    return done('Chat message sent successfully')
  })

  app.post('/v2/bots/:bot_id/pause-recording', (request) => {
    const bot = findBot(request.params)
    const { chat_message } = parse('body', pauseSchema, request.body ?? {})
    if (bot.status !== 'in_call_recording' && bot.status !== 'recording_resumed') {
      throw wrongBotStatus(`The bot is ${bot.status}; only a recording can be paused.`)
    }
    world.lifecycle.enter(bot, { status: 'recording_paused' })
    if (chat_message) sayAsBot(bot, chat_message, world.clock.now())
    return done('Recording paused successfully')
  })

  app.post('/v2/bots/:bot_id/resume-recording', (request) => {
    const bot = findBot(request.params)
    const { chat_message } = parse('body', pauseSchema, request.body ?? {})
    if (bot.status !== 'recording_paused') throw wrongBotStatus(`The bot is ${bot.status}, not paused.`)
    world.lifecycle.enter(bot, { status: 'recording_resumed' })
    if (chat_message) sayAsBot(bot, chat_message, world.clock.now())
    return done('Recording resumed successfully')
  })
}

/** The final event with fresh URLs and the present `extra`. The notifier gives it a new id. */
function freshFinalEvent(world: World, bot: Bot) {
  const now = world.clock.now()
  return finalEvent(bot, signArtifacts(bot, world.presigner, now), now)
}

/** Whether the body is empty: the SDK sends `null`, newer SDKs send `{}`, plain clients send nothing. */
function isEmpty(body: unknown): boolean {
  return body === undefined || body === null || (typeof body === 'object' && Object.keys(body).length === 0)
}

function requireLive(bot: Bot): void {
  if (isTerminal(bot)) throw wrongBotStatus(`The bot is already ${bot.status}.`)
}

function requireEnded(bot: Bot): void {
  if (!isTerminal(bot)) throw wrongBotStatus(`The bot is ${bot.status}; it must be completed or failed.`)
}
