import fastifyCookie from '@fastify/cookie'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FailedAttempts } from '../../access/rate-limit.ts'
import type { ApiScope } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { disconnectCalendarsRoute } from './disconnect-calendars.ts'
import { getEventRoute } from './events/get-event.ts'
import { listEventsRoute } from './events/list-events.ts'
import { getIntegrationRoute } from './get-integration.ts'
import { listAvailableRoute } from './list-available.ts'
import { listIntegrationsRoute } from './list-integrations.ts'
import { finishConsentRoute } from './oauth/finish-consent.ts'
import { startConsentRoute } from './oauth/start-consent.ts'
import { setupCalendarRoute } from './setup-calendar.ts'
import { syncCalendarsRoute } from './sync-calendars.ts'

export function calendarRoutes(app: ApiScope, deps: ApiDeps, failures: FailedAttempts): void {
  listAvailableRoute(app, deps)
  setupCalendarRoute(app, deps)
  listIntegrationsRoute(app, deps)
  getIntegrationRoute(app, deps)
  disconnectCalendarsRoute(app, deps)
  syncCalendarsRoute(app, deps)
  listEventsRoute(app, deps)
  getEventRoute(app, deps)
  // In a scope of their own: nothing else reads cookies.
  void app.register(async (scope) => consentRoutes(scope.withTypeProvider<ZodTypeProvider>(), deps, failures))
}

async function consentRoutes(app: ApiScope, deps: ApiDeps, failures: FailedAttempts): Promise<void> {
  await app.register(fastifyCookie)
  startConsentRoute(app, deps)
  finishConsentRoute(app, deps, failures)
}
