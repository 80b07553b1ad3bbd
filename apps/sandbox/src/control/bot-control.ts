import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { actOnBot, allowedActions, meetingActions } from '../bots/actions.ts'
import { isInCall } from '../bots/bot.ts'
import { sayAsParticipant } from '../bots/chat.ts'
import { type Artifact, artifacts } from '../bots/results.ts'
import { bySchedule } from '../bots/scheduled-bot.ts'
import { hasArtifact, pathOf } from '../files/artifacts.ts'
import { fileOf } from '../files/bot-files.ts'
import { sha256Of } from '../files/made-file.ts'
import { chatMessage } from '../notifications/payloads.ts'
import type { World } from '../world.ts'
import { ControlError, notFound, read } from './control-error.ts'
import { presentBot, presentDeliveryWithBody, presentScheduled } from './present-control.ts'

const pageQuery = z.object({ limit: z.coerce.number().int().min(1).max(10_000).default(200) })
/** `open`: only bookings that can still become a bot. */
const botsQuery = pageQuery.extend({ open: z.stringbool().default(false) })
const chatSchema = z.strictObject({ sender: z.string().min(1), text: z.string().min(1).max(4096) })
const deliveriesQuery = pageQuery.extend({
  botId: z.string().optional(),
  calendarId: z.string().optional(),
  event: z.string().optional(),
  channel: z.enum(['webhook', 'callback']).optional(),
  state: z.enum(['pending', 'delivered', 'failed', 'dropped']).optional(),
})

/** What happens in the meetings: /sandbox/bots and /sandbox/deliveries. */
export function registerBotControl(app: FastifyInstance, world: World): void {
  const find = (params: unknown) => {
    const bot = world.bots.get((params as { id: string }).id)
    if (!bot) throw notFound('bot')
    return bot
  }

  app.get('/sandbox/bots', (request) => {
    const { limit, open } = read(botsQuery, request.query)
    const bots = world.bots.newest(limit)
    const booked = [...world.schedules.soonestFirst(), ...world.eventSchedules.soonestFirst()]
    const waiting = booked
      .filter(({ status }) => status !== 'completed' && (!open || status === 'scheduled'))
      .sort(bySchedule)
    return {
      total: world.bots.size,
      bots: bots.map((bot) => presentBot(world, bot)),
      scheduled: waiting.slice(0, limit).map(presentScheduled),
    }
  })

  app.get('/sandbox/bots/:id', (request) => presentBot(world, find(request.params)))

  app.get('/sandbox/bots/:id/files', async (request) => {
    const bot = find(request.params)
    const there = artifacts.filter((artifact) => hasArtifact(bot, artifact))
    const describe = async (artifact: Artifact) => {
      const file = fileOf(bot, artifact)
      const { type, bytes, etag } = file
      return { artifact, path: pathOf(bot, artifact), type, bytes, etag, sha256: await sha256Of(file) }
    }
    return { files: await Promise.all(there.map(describe)) }
  })

  for (const action of meetingActions) {
    app.post(`/sandbox/bots/:id/${action}`, async (request) => {
      const bot = find(request.params)
      if (!allowedActions(bot).includes(action)) {
        throw new ControlError(409, `The bot is ${bot.status}: "${action}" makes no sense now.`)
      }
      actOnBot(world, bot, action)
      return presentBot(world, bot)
    })
  }

  app.post('/sandbox/bots/:id/chat', (request) => {
    const bot = find(request.params)
    const { sender, text } = read(chatSchema, request.body)
    if (!isInCall(bot)) throw new ControlError(409, `The bot is ${bot.status} and sees no chat.`)
    const message = sayAsParticipant(bot, sender, text, world.clock.now())
    world.notifier.webhook(chatMessage(bot, message))
    return presentBot(world, bot)
  })

  app.get('/sandbox/deliveries', (request) => {
    const { limit, botId, calendarId, event, channel, state } = read(deliveriesQuery, request.query)
    const all = botId === undefined ? world.log.all : world.log.ofBot(botId)
    const matching = all.filter(
      (delivery) =>
        (calendarId === undefined || delivery.calendarId === calendarId) &&
        (event === undefined || delivery.event === event) &&
        (channel === undefined || delivery.channel === channel) &&
        (state === undefined || delivery.state === state),
    )
    return { total: matching.length, deliveries: matching.slice(-limit).map(presentDeliveryWithBody) }
  })
}
