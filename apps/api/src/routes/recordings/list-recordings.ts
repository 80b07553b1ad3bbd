import { seenArtifact } from '@seer/core/recordings/views'
import { z } from 'zod'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { BotParams } from '../bots/bot-schema.ts'
import { findRecordedBot } from '../bots/find-recorded-bot.ts'
import { Recording, toRecording } from './recording-schema.ts'

export function listRecordingsRoute(app: ApiScope, deps: Pick<ApiDeps, 'db' | 'policy' | 'options'>): void {
  app.route({
    method: 'GET',
    url: `${apiPrefix}/bots/:botId/recordings`,
    config: { access: 'read' },
    schema: {
      tags: ['Recordings'],
      summary: 'List what a bot recorded',
      description:
        'One entry for each kind of file, as soon as the bot has ended, with how far its copy is. Empty for a bot that never recorded.',
      params: BotParams,
      response: answers({ 200: dataOf(z.array(Recording), 'The recordings.') }),
    },
    handler: async (request) => {
      const { meeting } = await findRecordedBot(deps, request, request.params.botId)
      const artifacts = await deps.db.artifacts.of(meeting.id)
      return { data: artifacts.map((artifact) => toRecording(seenArtifact(meeting, artifact), deps.options.baseUrl)) }
    },
  })
}
