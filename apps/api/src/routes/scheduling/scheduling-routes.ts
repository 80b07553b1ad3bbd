import type { ApiScope } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { autoScheduleRoute } from './auto-schedule.ts'
import { getRulesRoute } from './get-rules.ts'
import { listDecisionsRoute } from './list-decisions.ts'
import { overrideEventRoute } from './override-event.ts'
import { previewRulesRoute } from './preview-rules.ts'
import { putRulesRoute } from './put-rules.ts'
import { scheduleRecordingRoute } from './schedule-recording.ts'
import { unscheduleRecordingRoute } from './unschedule-recording.ts'

export function schedulingRoutes(app: ApiScope, deps: ApiDeps): void {
  getRulesRoute(app, deps)
  putRulesRoute(app, deps)
  previewRulesRoute(app, deps)
  listDecisionsRoute(app, deps)
  scheduleRecordingRoute(app, deps)
  unscheduleRecordingRoute(app, deps)
  overrideEventRoute(app, deps)
  autoScheduleRoute(app, deps)
}
