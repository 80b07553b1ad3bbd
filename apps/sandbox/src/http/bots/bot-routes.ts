import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Refusal } from '../../bots/account.ts'
import { screenshotCount } from '../../files/artifacts.ts'
import type { World } from '../../world.ts'
import { takePage } from '../cursor.ts'
import { pageSize } from '../list-query.ts'
import { findByPathId, parse, rejectInvalid } from '../parse.ts'
import { VendorError } from '../vendor-error.ts'
import { refusalError, runBatch } from './batch.ts'
import { readBotInput } from './create-bot-input.ts'
import { botList, checkCreatedRange, listBotsQuery } from './list-bots.ts'
import { botDetails, botStatus, listItem } from './present-bot.ts'
import { takeScreenshots } from './screenshot-page.ts'

const refusalStatus: Record<Refusal, number> = {
  DAILY_BOT_CAP_REACHED: 429,
  INSUFFICIENT_TOKENS: 402,
  BOT_ALREADY_EXISTS: 409,
}

const screenshotsQuery = z.object({ limit: pageSize(250), cursor: z.string().optional() })

/** Creating and reading bots: POST /v2/bots, its batch form, the list, details, status and screenshots. */
export function registerBotRoutes(app: FastifyInstance, world: World): void {
  app.post('/v2/bots', (request, reply) => {
    const { config, platform } = rejectInvalid('body', () => readBotInput(request.body))
    const outcome = world.fleet.send(config, platform)
    if ('refusal' in outcome) {
      throw new VendorError(refusalStatus[outcome.refusal], `FST_ERR_${outcome.refusal}`, outcome.message)
    }
    return reply.code(201).send({ success: true, data: { bot_id: outcome.bot.id } })
  })

  app.post('/v2/bots/batch', (request, reply) => {
    const answer = runBatch(request.body, (item) => {
      const { config, platform } = readBotInput(item)
      const outcome = world.fleet.send(config, platform)
      if ('refusal' in outcome) return { error: refusalError(outcome.refusal, outcome.message) }
      return { botId: outcome.bot.id }
    })
    return reply.code(201).send(answer)
  })

  app.get('/v2/bots', (request) => {
    const query = parse('querystring', listBotsQuery, request.query)
    const now = world.clock.now()
    checkCreatedRange(query, Math.max(now, world.settings.realNow()))
    const { items, ...cursors } = takePage(botList(world.bots, query, now), query.limit, query.cursor)
    return { success: true, data: items.map((bot) => listItem(world, bot)), ...cursors }
  })

  const findBot = (params: unknown) => findByPathId(params, (id) => world.bots.get(id))

  app.get('/v2/bots/:bot_id', (request) => ({ success: true, data: botDetails(world, findBot(request.params)) }))

  app.get('/v2/bots/:bot_id/status', (request) => ({ success: true, data: botStatus(findBot(request.params)) }))

  app.get('/v2/bots/:bot_id/screenshots', (request) => {
    const query = parse('querystring', screenshotsQuery, request.query)
    const bot = findBot(request.params)
    const { numbers, ...cursors } = takeScreenshots(screenshotCount(bot, world.durationOf(bot)), query)
    const data = numbers.map((number) => ({
      screenshot_id: number,
      url: world.presigner.sign(`/files/${bot.id}/screenshots/${number}.jpg`, world.clock.now()),
    }))
    return { success: true, data, ...cursors }
  })
}
