import type { FastifyInstance } from 'fastify'
import { leaveMeeting } from '../../bots/actions.ts'
import { type Bot, isTerminal } from '../../bots/bot.ts'
import { parseScheduledPatch } from '../../bots/bot-config.ts'
import type { ScheduledBot } from '../../bots/scheduled-bot.ts'
import type { World } from '../../world.ts'
import { takePage } from '../cursor.ts'
import { findByPathId, parse, rejectInvalid } from '../parse.ts'
import { wrongBotStatus } from '../vendor-error.ts'
import { runBatch } from './batch.ts'
import { checkMovedJoinAt, readScheduledInput, requirePlatform } from './create-bot-input.ts'
import { checkScheduledRange, listScheduledQuery, scheduledList } from './list-scheduled.ts'
import { scheduledDetails, scheduledItem } from './present-bot.ts'

/** A booking cannot be changed in the last minutes before `join_at` (openapi-v2.json, updateScheduledBot). */
const editLockMs = 4 * 60_000

/** Booked bots: create, list, read, change, cancel under /v2/bots/scheduled. */
export function registerScheduledRoutes(app: FastifyInstance, world: World): void {
  const { clock, fleet, schedules } = world

  const book = (body: unknown) => {
    const { config, platform, joinAt } = readScheduledInput(body, clock.now())
    return fleet.schedule(config, platform, joinAt)
  }

  app.post('/v2/bots/scheduled', (request, reply) => {
    const scheduled = rejectInvalid('body', () => book(request.body))
    return reply.code(201).send({ success: true, data: { bot_id: scheduled.id } })
  })

  app.post('/v2/bots/scheduled/batch', (request, reply) =>
    reply.code(201).send(runBatch(request.body, (item) => ({ botId: book(item).id }))),
  )

  app.get('/v2/bots/scheduled', (request) => {
    const query = parse('querystring', listScheduledQuery, request.query)
    checkScheduledRange(query, clock.now())
    const { items, ...cursors } = takePage(scheduledList(schedules, query), query.limit, query.cursor)
    return { success: true, data: items.map(scheduledItem), ...cursors }
  })

  const find = (params: unknown) => findByPathId(params, (id) => schedules.get(id))

  app.get('/v2/bots/scheduled/:bot_id', (request) => ({
    success: true,
    data: scheduledDetails(find(request.params)),
  }))

  app.patch('/v2/bots/scheduled/:bot_id', (request) => {
    const scheduled = find(request.params)
    const patch = rejectInvalid('body', () => parseScheduledPatch(request.body ?? {}))
    if (scheduled.status !== 'scheduled') throw wrongBotStatus(`The scheduled bot is ${scheduled.status}.`)
    if (scheduled.joinAt - clock.now() < editLockMs) {
      throw wrongBotStatus('The scheduled bot is locked: its join time is less than 4 minutes ahead.')
    }
    change(world, scheduled, patch)
    return { success: true, data: { message: 'Scheduled bot updated successfully' } }
  })

  app.delete('/v2/bots/scheduled/:bot_id', (request) => {
    cancelScheduled(world, find(request.params))
    return { success: true, data: { message: 'Scheduled bot deleted successfully' } }
  })
}

/**
 * Cancels a booking that is not over. If it was not launched, its bot never starts; a launched bot leaves
 * (openapi-v2.json, deleteScheduledBot, May 2026). 409 when it is over.
 */
export function cancelScheduled(world: World, scheduled: ScheduledBot): void {
  const bot: Bot | undefined = world.bots.get(scheduled.id)
  if (scheduled.status === 'scheduled') return world.fleet.cancel(scheduled)
  if (scheduled.status !== 'completed' || !bot || isTerminal(bot)) {
    throw wrongBotStatus(`The scheduled bot is ${scheduled.status} and cannot be cancelled.`)
  }
  leaveMeeting(world, bot)
}

function change(world: World, scheduled: ScheduledBot, patch: ReturnType<typeof parseScheduledPatch>): void {
  const { join_at, ...changes } = patch
  const now = world.clock.now()
  const joinAt = join_at === undefined ? scheduled.joinAt : checkMovedJoinAt(join_at, now, editLockMs)
  const platform = changes.meeting_url === undefined ? scheduled.platform : requirePlatform(changes.meeting_url)
  scheduled.config = { ...scheduled.config, ...changes }
  scheduled.platform = platform
  scheduled.updatedAt = now
  if (joinAt === scheduled.joinAt) return
  scheduled.joinAt = joinAt
  world.schedules.reorder()
  world.fleet.armLaunch(scheduled)
}
