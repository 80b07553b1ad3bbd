import type { ApiScope } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { type Hub, openHub } from '../../feed/hub.ts'
import { createStreamTokenRoute } from './create-stream-token.ts'
import { listEventsRoute } from './list-events.ts'
import { streamEventsRoute } from './stream-events.ts'

/** The feed of events. @returns those who follow it in this process */
export function eventRoutes(app: ApiScope, deps: ApiDeps): Pick<Hub, 'count'> {
  const { db, feedHint: hint, log, policy, options } = deps
  const view = { lateAccess: policy.lateAccess, baseUrl: options.baseUrl }
  const hub = openHub({ feed: db.feed, hint, log, view, limits: options.streams })
  // A server does not close while answers are open, and a stream is open for minutes.
  app.addHook('preClose', async () => hub.close())
  listEventsRoute(app, deps, hub)
  streamEventsRoute(app, deps, hub)
  createStreamTokenRoute(app, deps)
  return hub
}
