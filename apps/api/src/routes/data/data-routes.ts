import type { ApiScope } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { deleteDataRoute } from './delete-data.ts'
import { getDataRoute } from './get-data.ts'
import { holdBotRoute } from './hold-bot.ts'

/** Whether the data of bots are kept. */
export function dataRoutes(app: ApiScope, deps: ApiDeps): void {
  getDataRoute(app, deps)
  deleteDataRoute(app, deps)
  holdBotRoute(app, deps)
}
