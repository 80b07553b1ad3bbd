/** The bodies that bring a user's consent, and how they are checked before the calendar provider is asked. */

import { PermanentError } from '@seer/core/basics/errors'
import { storedGrant } from '@seer/core/calendars/connection/consent/stored-grant'
import type { SetupDeps } from '@seer/core/calendars/connection/setup-calendar'
import type { CalendarProvider } from '@seer/core/vendor/calendar-providers'
import type { CalendarGrant } from '@seer/core/vendor/vendor-calendars'
import { z } from 'zod'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { anyId } from '../query-fields.ts'
import { providerField, rawCalendarIdField } from './calendar-fields.ts'
import { findIntegration } from './find-integration.ts'

const grantFields = {
  provider: providerField().optional(),
  refreshToken: z.string().min(1).max(8_192).optional().meta({
    description:
      'The token from the user’s consent to this installation’s OAuth client. It is stored encrypted and never shown again.',
  }),
  integrationId: anyId().optional().meta({
    description:
      'Instead of `provider` and `refreshToken`: the id of one of your calendars. Its consent is used again.',
  }),
}

type GrantFields = {
  provider?: CalendarProvider | undefined
  refreshToken?: string | undefined
  integrationId?: string | undefined
}

/** Either a token with its provider, or a calendar that has both. */
function checkGrant({ provider, refreshToken, integrationId }: GrantFields, context: z.RefinementCtx): void {
  const given = { provider, refreshToken }
  for (const [field, value] of Object.entries(given)) {
    if ((value === undefined) !== (integrationId === undefined)) continue
    const message = integrationId === undefined ? 'is required, unless integrationId is given' : notTogether
    context.addIssue({ code: 'custom', path: [field], message })
  }
}

const notTogether = 'must be left out when integrationId is given'

export const GrantOrder = z
  .strictObject(grantFields)
  .superRefine(checkGrant)
  .meta({ id: 'CalendarGrant', example: { provider: 'google', refreshToken: 'the token from the user’s consent' } })

export const SetupOrder = z
  .strictObject({ ...grantFields, rawCalendarId: rawCalendarIdField().optional() })
  .superRefine((order, context) => {
    checkGrant(order, context)
    if (order.integrationId === undefined || order.rawCalendarId !== undefined) return
    const message = 'is required when integrationId is given'
    context.addIssue({ code: 'custom', path: ['rawCalendarId'], message })
  })
  .meta({ id: 'CalendarSetup', example: { provider: 'google', refreshToken: 'the token from the user’s consent' } })

/**
 * The grant that a body brings or names.
 * @throws Problem CALENDAR_NOT_FOUND, CALENDAR_PROVIDER_NOT_CONFIGURED, CALENDAR_TOKEN_REFUSED; PermanentError
 * TOKEN_NOT_READABLE
 */
export async function grantOf(deps: ApiDeps, userId: string, order: GrantFields): Promise<CalendarGrant> {
  const { provider, refreshToken, integrationId } = order
  if (integrationId === undefined) {
    if (provider === undefined || refreshToken === undefined)
      throw new Error('The schema let an incomplete grant pass.')
    demandProvider(deps, provider)
    return { provider, refreshToken }
  }
  const integration = await findIntegration(deps, userId, integrationId)
  const { cipher } = demandProvider(deps, integration.provider)
  const grant = storedGrant(cipher, integration)
  if (!grant) throw new Problem('CALENDAR_TOKEN_REFUSED', { detail: 'No token is stored for this calendar.' })
  return grant
}

/** @throws PermanentError CALENDAR_PROVIDER_NOT_CONFIGURED for a provider whose calendars cannot be connected here */
export function demandProvider({ oauth, cipher }: ApiDeps, provider: CalendarProvider) {
  if (!cipher || !oauth.configured.includes(provider)) {
    throw new PermanentError('CALENDAR_PROVIDER_NOT_CONFIGURED')
  }
  return { cipher }
}

/** What connecting a calendar works with. @throws PermanentError CALENDAR_PROVIDER_NOT_CONFIGURED */
export function setupDeps(deps: ApiDeps, provider: CalendarProvider): SetupDeps {
  const { db, vendor, queue, now, newId } = deps
  return {
    integrations: db.integrations,
    vendor: vendor.calendars,
    limits: vendor.limits,
    ...demandProvider(deps, provider),
    queue,
    now,
    newId,
  }
}
