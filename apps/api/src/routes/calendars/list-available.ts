import { listRawCalendars } from '@seer/core/calendars/connection/setup-calendar'
import { z } from 'zod'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { GrantOrder, grantOf } from './grant-order.ts'

const AvailableCalendar = z
  .object({
    id: z.string().meta({
      description: 'The calendar’s id at Google or Microsoft. To connect the calendar, send it as `rawCalendarId`.',
    }),
    name: z.string(),
    email: z.string(),
    isPrimary: z.boolean(),
  })
  .meta({ id: 'AvailableCalendar' })

export function listAvailableRoute(app: ApiScope, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    url: `${apiPrefix}/calendar/list-available`,
    config: { access: 'write' },
    schema: {
      tags: ['Calendars'],
      summary: 'List the calendars of an account',
      description:
        'Lists the calendars that a user can choose from. Send the user’s refresh token, or the `integrationId` of a calendar of the same account that is already connected.',
      body: GrantOrder,
      response: answers({ 200: dataOf(z.array(AvailableCalendar), 'The calendars of the account.') }),
    },
    handler: async (request) => {
      const grant = await grantOf(deps, callerOf(request).userId, request.body)
      const { calendars: vendor, limits } = deps.vendor
      const calendars = await listRawCalendars({ vendor, limits }, grant)
      return { data: calendars.map(({ id, name, email, isPrimary }) => ({ id, name, email, isPrimary })) }
    },
  })
}
