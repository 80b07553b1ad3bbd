import { z } from 'zod'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { BotParams } from '../bots/bot-schema.ts'
import { findRecordedBot } from '../bots/find-recorded-bot.ts'
import { versionsOf } from './find-transcripts.ts'
import { TranscriptVersion, toVersion } from './transcript-schema.ts'

export function listTranscriptsRoute(app: ApiScope, deps: Pick<ApiDeps, 'db' | 'policy'>): void {
  app.route({
    method: 'GET',
    url: `${apiPrefix}/bots/:botId/transcripts`,
    config: { access: 'read' },
    schema: {
      tags: ['Transcripts'],
      summary: 'List the versions of a transcript',
      description: 'Newest first, also those that are being made or have failed.',
      params: BotParams,
      response: answers({ 200: dataOf(z.array(TranscriptVersion), 'All versions. There may be none yet.') }),
    },
    handler: async (request) => {
      const { meeting } = await findRecordedBot(deps, request, request.params.botId)
      return { data: (await versionsOf(deps, meeting)).map(toVersion) }
    },
  })
}
