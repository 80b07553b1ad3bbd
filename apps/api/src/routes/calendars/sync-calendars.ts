import { setTimeout } from 'node:timers/promises'
import { requestSync } from '@seer/core/calendars/sync/request-sync'
import { z } from 'zod'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { anyId } from '../query-fields.ts'
import { calendarNotFound } from './find-integration.ts'
import { Integration } from './integration-schema.ts'
import { preferenceOf } from './prefer.ts'
import { toIntegration } from './to-integration.ts'
import { waitingCallers } from './waiting-callers.ts'

const SyncOrder = z
  .strictObject({
    calendarId: anyId().optional().meta({ description: 'Only this calendar: its `id` or `calendarId`.' }),
  })
  .meta({ id: 'SyncOrder', example: {} })

export function syncCalendarsRoute(app: ApiScope, deps: ApiDeps): void {
  const { db, queue, now } = deps
  const signalFor = waitingCallers(app)
  app.route({
    method: 'POST',
    url: `${apiPrefix}/calendar/sync`,
    config: { access: 'write' },
    schema: {
      tags: ['Calendars'],
      summary: 'Read calendars now',
      description:
        'Reads your calendars now, and waits up to 5 seconds for the result. With `Prefer: wait=20` it waits up to 20 seconds, with `Prefer: respond-async` not at all. It does not wait for a calendar that Seer has lost access to; the `action` of that calendar says what the user must do.',
      body: SyncOrder.nullish(),
      response: answers({
        200: dataOf(
          z.array(Integration),
          'All calendars have been read. `sync` says what changed, or what went wrong.',
        ),
        202: dataOf(
          z.array(Integration),
          'Some calendars are still being read. Ask at `Location`: the `sync.state` of a calendar is `pending` until it has been read.',
        ),
      }),
    },
    handler: async (request, reply) => {
      const { waitMs, applied } = preferenceOf(request.headers['prefer'])
      const signal = signalFor(reply)
      // Resolves early when waiting has become pointless.
      const pause = (ms: number) => setTimeout(ms, undefined, { signal }).catch(() => {})
      const order = { userId: callerOf(request).userId, only: request.body?.calendarId, waitMs, signal }
      const result = await requestSync({ integrations: db.integrations, queue, now, pause }, order)
      if (!result) throw calendarNotFound()
      if (applied) reply.header('preference-applied', applied)
      if (!result.isDone) reply.header('location', `${apiPrefix}/calendar/integrations`)
      const data = result.integrations.map((integration) => toIntegration(integration, deps))
      return reply.code(result.isDone ? 200 : 202).send({ data })
    },
  })
}
