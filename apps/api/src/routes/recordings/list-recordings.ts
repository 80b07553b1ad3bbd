import { hidesRecording } from '@seer/core/meetings/views/bot-view'
import { seenArtifact } from '@seer/core/recordings/views'
import { z } from 'zod'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { BotParams } from '../bots/bot-schema.ts'
import { findBot } from '../bots/get-bot.ts'
import { Recording, toRecording } from './recording-schema.ts'

export function listRecordingsRoute(
  app: ApiScope,
  { db, policy, options }: Pick<ApiDeps, 'db' | 'policy' | 'options'>,
): void {
  app.route({
    method: 'GET',
    url: `${apiPrefix}/bots/:botId/recordings`,
    config: { access: 'read' },
    schema: {
      tags: ['Recordings'],
      summary: 'List what a bot recorded',
      description:
        'One entry for each kind of file, as soon as the bot has ended, with how far its copy is. Empty for a bot that never recorded, and for a user to whom the recording is not shown.',
      params: BotParams,
      response: answers({ 200: dataOf(z.array(Recording), 'The recordings.') }),
    },
    handler: async (request) => {
      const { meeting } = await findBot(db, request, request.params.botId)
      if (hidesRecording(meeting, policy.lateAccess)) return { data: [] }
      const artifacts = await db.artifacts.of(meeting.id)
      return { data: artifacts.map((artifact) => toRecording(seenArtifact(meeting, artifact), options.baseUrl)) }
    },
  })
}
