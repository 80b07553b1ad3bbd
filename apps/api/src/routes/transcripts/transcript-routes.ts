import type { ApiScope } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { getTranscriptRoute } from './get-transcript.ts'
import { listTranscriptsRoute } from './list-transcripts.ts'
import { nameSpeakersRoute } from './name-speakers.ts'
import { retranscribeRoute } from './retranscribe.ts'
import { searchTranscriptsRoute } from './search-transcripts.ts'

export function transcriptRoutes(app: ApiScope, deps: ApiDeps): void {
  getTranscriptRoute(app, deps)
  listTranscriptsRoute(app, deps)
  nameSpeakersRoute(app, deps)
  retranscribeRoute(app, deps)
  searchTranscriptsRoute(app, deps)
}
