import { scheduleRecordings } from '@seer/core/planning/carry-out/schedule-recordings'
import { z } from 'zod'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { schedulingDeps } from './scheduling-deps.ts'

const ScheduleResult = z
  .object({
    events: z.int().meta({ description: 'Events that were looked at.' }),
    decided: z.int().meta({ description: 'Decisions that are new or changed.' }),
    booked: z.int().meta({ description: 'Bots that were booked.' }),
    moved: z.int().meta({ description: 'Booked bots that got another time, link or configuration.' }),
    ended: z.int().meta({ description: 'Bots that were called off.' }),
    shared: z.int().meta({ description: 'Bots of other users that you came to share or left.' }),
  })
  .meta({ id: 'ScheduleResult' })

export function autoScheduleRoute(app: ApiScope, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    url: `${apiPrefix}/calendar/auto-schedule`,
    config: { access: 'write' },
    schema: {
      tags: ['Recording'],
      summary: 'Decide on recordings now',
      description:
        'Decides on all your events and books bots accordingly, which otherwise happens by itself: after changes of calendars and rules, and every few minutes. Safe to repeat.',
      body: z.strictObject({}).meta({ example: {} }).nullish(),
      response: answers({ 200: dataOf(ScheduleResult, 'What was done.') }),
    },
    handler: async (request) => {
      const { userId } = callerOf(request)
      return { data: await scheduleRecordings(schedulingDeps(deps, request), { userId }) }
    },
  })
}
