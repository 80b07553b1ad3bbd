import { requestBotOnce } from '@seer/core/access/request-bot-once'
import type { RequestBotOutcome } from '@seer/core/meetings/bots/request-bot'
import type { Meeting } from '@seer/core/meetings/meeting'
import { idFrom } from '@seer/infra/ids'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { hasWebhookUrl, prepareWebhookUrl, webhookAnswerFields } from '../endpoints/webhook-url.ts'
import { BotOrderBody } from './bot-order.ts'
import { Bot } from './bot-schema.ts'
import { unsupportedUrl } from './meeting-url-field.ts'
import { toBot } from './to-bot.ts'

const OrderedBot = Bot.extend(webhookAnswerFields).meta({ id: 'OrderedBot' })

export function createBotRoute(app: ApiScope, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    url: `${apiPrefix}/bots`,
    config: { access: 'write', tellsSecret: hasWebhookUrl },
    schema: {
      tags: ['Bots'],
      summary: 'Send a bot into a meeting',
      description:
        'Answers as soon as the order is stored. The bot is created after that; `state` shows how far it is.\n\nIf you already have an active bot for the same meeting at about the same time, you get that bot, with status 200. You also get the bot of another user, if this installation lets you share it. Such a bot keeps its name and its configuration, even if you asked for others. From now on it counts as ordered by you. For example, it stays when the calendar event that it was booked for is cancelled.\n\nWith a `webhookUrl`, the events of the bot that you may see are sent there, from this order on, whether the bot is new or not.',
      body: BotOrderBody,
      response: answers({
        200: dataOf(OrderedBot, 'You already have this bot for the meeting, or you share it from now on.'),
        202: dataOf(OrderedBot, 'The order is stored, and the bot will be created.'),
      }),
    },
    handler: async (request, reply) => {
      const { userId } = callerOf(request)
      const order = { userId, key: request.idempotencyKey?.key, ...toOrder(request.body) }
      const watch = await prepareWebhookUrl(deps, request.body, { userId, events: ['bot.*'] })
      const result = await requestBotOnce(toCore(deps), order)
      const meeting = meetingOf(result)
      request.meetingId = meeting.id
      const webhook = await watch(meeting.id)
      const isNew = result.outcome === 'accepted'
      const seen = isNew ? null : await deps.db.meetings.findForUser(userId, meeting.id)
      return reply
        .code(isNew ? 202 : 200)
        .header('location', `${apiPrefix}/bots/${meeting.id}`)
        .send({ data: { ...toBot(seen ?? { meeting, role: 'owner', others: 0 }, deps), ...webhook } })
    },
  })
}

function toCore({ db, queue, policy, newId, now }: ApiDeps) {
  return { meetings: db.meetings, queue, ...policy, newId, idFrom, now }
}

function toOrder({ meetingId, meetingUrl, joinAt, extra, ...custom }: BotOrderBody) {
  return { meetingId, meetingUrl, joinAt, extra, botName: custom.customBotName, config: custom.customBotConfig }
}

/** @throws Problem for an order that was not taken */
function meetingOf(result: RequestBotOutcome): Meeting {
  switch (result.outcome) {
    case 'accepted':
    case 'existing':
      return result.meeting
    case 'unsupported_url':
      throw unsupportedUrl(result.problem)
    case 'join_time_out_of_range': {
      const message = 'must be between now and 90 days from now'
      throw new Problem('JOIN_TIME_OUT_OF_RANGE', { errors: [{ path: 'joinAt', message }] })
    }
    case 'id_conflict':
      throw new Problem('MEETING_ID_CONFLICT')
  }
}
