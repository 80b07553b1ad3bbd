import { PermanentError } from '@seer/core/basics/errors'
import type { CalendarGrant } from '@seer/core/vendor/vendor-calendars'
import type { OauthClients } from '../../config/calendar-connection-settings.ts'

/**
 * The OAuth fields that the vendor needs in order to use a grant.
 * @throws PermanentError CALENDAR_PROVIDER_NOT_CONFIGURED
 */
export function credentialsFor(clients: OauthClients, { provider, refreshToken }: CalendarGrant) {
  const client = clients[provider]
  if (!client) {
    const detail = `There is no OAuth client for ${provider} calendars.`
    throw new PermanentError('CALENDAR_PROVIDER_NOT_CONFIGURED', { detail })
  }
  const { clientId, clientSecret, tenantId } = client
  return {
    oauth_client_id: clientId,
    oauth_client_secret: clientSecret,
    oauth_refresh_token: refreshToken,
    ...(provider === 'microsoft' && tenantId !== undefined ? { oauth_tenant_id: tenantId } : {}),
  }
}
