import { nameSpeakers } from '@seer/core/recordings/transcripts/speakers/name-speakers'
import { z } from 'zod'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { BotParams } from '../bots/bot-schema.ts'
import { findRecordedBot } from '../bots/find-recorded-bot.ts'
import { requireTranscript, versionsOf } from './find-transcripts.ts'
import { SpeakerItem } from './transcript-schema.ts'

const SpeakerNames = z
  .strictObject({
    speakers: z
      .record(
        z.string().max(200),
        z
          .string()
          .trim()
          .min(1)
          .max(100)
          .regex(/^\P{Cc}*$/u, 'must have no control characters')
          .transform((name) => name.normalize('NFC'))
          .nullable(),
      )
      .refine((names) => Object.keys(names).length <= 500, 'must have at most 500 entries')
      .meta({ description: 'Names by label. Null takes a name back. Speakers that are not mentioned keep theirs.' }),
  })
  .meta({ id: 'SpeakerNames', example: { speakers: { 'Speaker 0': 'Ines Okafor', 'Speaker 1': null } } })

export function nameSpeakersRoute(app: ApiScope, deps: Pick<ApiDeps, 'db' | 'policy' | 'now'>): void {
  app.route({
    method: 'PUT',
    url: `${apiPrefix}/bots/:botId/transcript/speakers`,
    config: { access: 'write' },
    schema: {
      tags: ['Transcripts'],
      summary: 'Name the speakers of a transcript',
      description:
        'The names count for all versions and for everybody who may see the recording. What the source calls the speakers stays in `originalSpeaker`.',
      params: BotParams,
      body: SpeakerNames,
      response: answers({ 200: dataOf(z.array(SpeakerItem), 'All speakers.') }),
    },
    handler: async (request) => {
      const { meeting } = await findRecordedBot(deps, request, request.params.botId)
      const versions = await versionsOf(deps, meeting)
      if (!versions.some(({ state }) => state === 'complete')) requireTranscript(meeting, versions)
      const order = { meetingId: meeting.id, names: request.body.speakers }
      const named = await nameSpeakers({ transcripts: deps.db.transcripts, now: deps.now }, order)
      if (named.outcome === 'unknown_speakers') throw unknownSpeakers(named)
      return { data: named.speakers }
    },
  })
}

function unknownSpeakers({ unknown, known }: { unknown: string[]; known: string[] }): Problem {
  const some = known.slice(0, 20).map((label) => JSON.stringify(label))
  const detail =
    some.length > 0
      ? `The speakers are ${some.join(', ')}${known.length > some.length ? ' and others' : ''}.`
      : 'The transcript names no speakers.'
  const errors = unknown.slice(0, 20).map((label) => ({ path: `speakers.${label}`, message: 'is nobody’s label' }))
  return new Problem('UNKNOWN_SPEAKER', { detail, errors })
}
