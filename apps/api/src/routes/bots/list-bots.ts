import { deliveryGrades } from '@seer/core/meetings/delivery/delivery'
import { readMeetingUrl } from '@seer/core/meetings/link/meeting-url'
import { meetingStates } from '@seer/core/meetings/meeting'
import type { MeetingFilter } from '@seer/core/meetings/meeting-store'
import { platforms } from '@seer/core/vendor/platform'
import { z } from 'zod'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, pageOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { decodeCursor, encodeCursor } from '../cursor.ts'
import { cursorField, splitAtCommas, timeField } from '../query-fields.ts'
import { Bot } from './bot-schema.ts'
import { meetingUrlField, unsupportedUrl } from './meeting-url-field.ts'
import { toBot } from './to-bot.ts'

const time = timeField()

const ListQuery = z
  .strictObject({
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(100)
      .default(25)
      .meta({ description: 'How many bots a page has at most.' }),
    cursor: cursorField(),
    state: z
      .preprocess(splitAtCommas, z.array(z.enum(meetingStates)).min(1).max(meetingStates.length))
      .optional()
      .meta({
        description: 'Only bots in one of these states: `state=queued&state=recording` or `state=queued,recording`.',
        examples: [['recording', 'paused']],
      }),
    platform: z.enum(platforms).optional(),
    delivery: z
      .preprocess(splitAtCommas, z.array(z.enum(deliveryGrades)).min(1).max(deliveryGrades.length))
      .optional()
      .meta({ description: 'Only finished bots with one of these grades: `delivery=partial,empty`.' }),
    meetingUrl: meetingUrlField.optional().meta({
      description: 'Only bots for the meeting that this link leads to. The link may be written in any form.',
    }),
    createdAfter: time
      .optional()
      .meta({ description: 'Only bots that were ordered at this time or later.', examples: ['2030-01-01T00:00:00Z'] }),
    createdBefore: time.optional().meta({ description: 'Only bots that were ordered before this time.' }),
  })
  .superRefine(({ createdAfter, createdBefore }, context) => {
    if (!createdAfter || !createdBefore || createdAfter < createdBefore) return
    const message = 'must be before createdBefore, because otherwise no bot can match'
    context.addIssue({ code: 'custom', path: ['createdAfter'], message })
  })
type ListQuery = z.output<typeof ListQuery>

export function listBotsRoute(app: ApiScope, deps: Pick<ApiDeps, 'db' | 'policy' | 'options'>): void {
  app.route({
    method: 'GET',
    url: `${apiPrefix}/bots`,
    config: { access: 'read' },
    schema: {
      tags: ['Bots'],
      summary: 'List bots',
      description: 'Your bots, and bots of other users that you share. Newest first.',
      querystring: ListQuery,
      response: answers({ 200: pageOf(Bot, 'A page of bots.') }),
    },
    handler: async (request) => {
      const { limit, cursor } = request.query
      const position = cursor === undefined ? null : decodeCursor(cursor)
      const after = position && { createdAt: position.time, id: position.id }
      // One bot more than asked for tells whether there is a next page.
      const found = await deps.db.meetings.list(
        callerOf(request).userId,
        toFilter(request.query, deps),
        after,
        limit + 1,
      )
      const page = found.slice(0, limit)
      const last = page.at(-1)?.meeting
      const data = page.map((seen) => toBot(seen, deps))
      return found.length > limit && last
        ? { data, nextCursor: encodeCursor({ time: last.createdAt, id: last.id }) }
        : { data }
    },
  })
}

function toFilter(
  { state: states, delivery: grades, meetingUrl, ...rest }: ListQuery,
  { policy: { lateAccess } }: Pick<ApiDeps, 'policy'>,
): MeetingFilter {
  const { platform, createdAfter, createdBefore } = rest
  const reading = meetingUrl === undefined ? undefined : readMeetingUrl(meetingUrl)
  if (reading?.ok === false) throw unsupportedUrl(reading.problem)
  return { states, grades, lateAccess, platform, joinKey: reading?.link.joinKey, createdAfter, createdBefore }
}
