import type { ApiScope } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { changeEndpointRoutes } from './change-endpoint.ts'
import { createEndpointRoute } from './create-endpoint.ts'
import { deleteEndpointRoute } from './delete-endpoint.ts'
import { readDeliveriesRoutes } from './read-deliveries.ts'
import { readEndpointsRoutes } from './read-endpoints.ts'
import { sendAgainRoutes } from './send-again.ts'
import { testEndpointRoute } from './test-endpoint.ts'

/** Where Seer sends events. */
export function endpointRoutes(app: ApiScope, deps: ApiDeps): void {
  createEndpointRoute(app, deps)
  readEndpointsRoutes(app, deps)
  changeEndpointRoutes(app, deps)
  deleteEndpointRoute(app, deps)
  testEndpointRoute(app, deps)
  readDeliveriesRoutes(app, deps)
  sendAgainRoutes(app, deps)
}
