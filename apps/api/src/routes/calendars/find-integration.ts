import type { Integration } from '@seer/core/calendars/integration'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'

/**
 * A calendar of the caller, by our id or the vendor's.
 * @throws Problem CALENDAR_NOT_FOUND, also for another user's calendar and for a disconnected one
 */
export async function findIntegration({ db }: Pick<ApiDeps, 'db'>, userId: string, id: string): Promise<Integration> {
  const integration = await db.integrations.findForUser(userId, id)
  if (!integration || integration.status === 'disconnecting') throw calendarNotFound()
  return integration
}

export const calendarNotFound = () =>
  new Problem('CALENDAR_NOT_FOUND', { detail: 'You have no such connected calendar.' })
