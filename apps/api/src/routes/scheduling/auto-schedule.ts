import { planNow } from '@seer/core/planning/carry-out/plan-now'
import { planningDeps } from '@seer/infra/planning-deps'
import { z } from 'zod'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'

const ScheduleResult = z
  .object({
    events: z.int().meta({ description: 'How many events Seer looked at.' }),
    decided: z.int().meta({ description: 'How many decisions are new or have changed.' }),
    booked: z.int().meta({ description: 'How many bots were booked.' }),
    moved: z.int().meta({ description: 'How many booked bots got another time, link or configuration.' }),
    ended: z.int().meta({ description: 'How many bots were cancelled or told to leave.' }),
    shared: z.int().meta({ description: 'How many bots of other users you began to share, or gave up.' }),
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
        'Decides which of your events are recorded, and books bots accordingly. Seer also does this by itself: after your calendars or rules have changed, and every few minutes. Safe to repeat.',
      body: z.strictObject({}).meta({ example: {} }).nullish(),
      response: answers({ 200: dataOf(ScheduleResult, 'What was done.') }),
    },
    handler: async (request) => {
      const { userId } = callerOf(request)
      return { data: await planNow(planningDeps(deps), { userId }) }
    },
  })
}
