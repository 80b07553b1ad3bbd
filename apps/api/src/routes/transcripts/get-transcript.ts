import { Readable } from 'node:stream'
import { exportTranscript } from '@seer/core/recordings/transcripts/export/export-transcript'
import { type ExportFormat, exportFormats, mediaTypes } from '@seer/core/recordings/transcripts/export/writers'
import type { Transcript } from '@seer/core/recordings/transcripts/transcript'
import type { Speaker } from '@seer/core/recordings/transcripts/transcript-store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type ApiScope, answers, apiPrefix } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { BotParams } from '../bots/bot-schema.ts'
import { findRecordedBot } from '../bots/find-recorded-bot.ts'
import { etagFor, isKnown } from '../etag.ts'
import { cursorField } from '../query-fields.ts'
import { requireTranscript, versionsOf } from './find-transcripts.ts'
import { decodePlace, encodePlace } from './transcript-cursor.ts'
import { TranscriptWithUtterances, toUtterances, toVersion } from './transcript-schema.ts'

const formats = ['json', ...exportFormats] as const
type Format = (typeof formats)[number]

/** In the order in which they are offered to callers who take any. */
const formatOf = new Map<string, Format>([
  ['application/json', 'json'],
  ...exportFormats.map((format): [string, Format] => [mediaTypes[format], format]),
])

const usualLimit = 100

const TranscriptQuery = z
  .strictObject({
    format: z
      .enum(formats)
      .optional()
      .meta({ description: 'Counts before the header `Accept`. Without both you get JSON.', examples: ['vtt'] }),
    version: z.coerce
      .number()
      .int()
      .min(1)
      .max(2_147_483_647)
      .optional()
      .meta({ description: 'The version that you want, instead of the current one.' }),
    cursor: cursorField(),
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(1_000)
      .optional()
      .meta({ description: `How many utterances a page has at most; ${usualLimit} unless you say. Only for JSON.` }),
  })
  .superRefine(({ format = 'json', cursor, limit }, context) => {
    if (format === 'json') return
    for (const [field, value] of Object.entries({ cursor, limit })) {
      const message = 'is only for JSON; in the other formats you get the whole transcript'
      if (value !== undefined) context.addIssue({ code: 'custom', path: [field], message })
    }
  })

const Page = z.object({ data: TranscriptWithUtterances, nextCursor: z.string().optional() })
const text = { schema: z.string() }

export function getTranscriptRoute(app: ApiScope, deps: Pick<ApiDeps, 'db' | 'policy'>): void {
  app.route({
    method: 'GET',
    url: `${apiPrefix}/bots/:botId/transcript`,
    config: { access: 'read' },
    schema: {
      tags: ['Transcripts'],
      summary: 'Read what was said',
      description:
        'As JSON, page by page, or as a whole in plain text, Markdown, SubRip or WebVTT. Whoever may see the recording may read the transcript.\n\nThe answer has an `ETag`. Send it as `If-None-Match`, and you get 304 as long as nothing has changed.',
      params: BotParams,
      querystring: TranscriptQuery,
      response: answers({
        200: {
          description: 'The transcript. In JSON, `nextCursor` names the next page; it is absent on the last page.',
          content: {
            'application/json': { schema: Page },
            ...Object.fromEntries(Object.values(mediaTypes).map((type) => [type, text])),
          },
        } as unknown as typeof Page,
        304: z.null().meta({ description: 'You have it already.' }),
      }),
    },
    handler: async (request, reply) => {
      const { meeting } = await findRecordedBot(deps, request, request.params.botId)
      const { version, cursor, limit, format = isPage(request.query) ? 'json' : wantedFormat(request) } = request.query
      const { transcripts } = deps.db
      const [versions, speakers] = await Promise.all([versionsOf(deps, meeting), transcripts.speakers(meeting.id)])
      const place = cursor === undefined ? null : decodePlace(cursor, ofVersion(versions, version))
      const transcript = place?.transcript ?? requireTranscript(meeting, versions, version)
      void reply.header('vary', 'Accept').header('cache-control', 'private, no-cache')
      if (format !== 'json') return sendFile(deps, { request, reply, transcript, speakers, format })
      return sendPage(deps, {
        request,
        reply,
        transcript,
        speakers,
        after: place?.seq ?? 0,
        limit: limit ?? usualLimit,
      })
    },
  })
}

/** Whoever asks for a page wants JSON, whatever their program accepts. */
const isPage = ({ cursor, limit }: { cursor?: string; limit?: number }) => cursor !== undefined || limit !== undefined

const ofVersion = (versions: readonly Transcript[], wanted: number | undefined) =>
  versions.filter(({ version }) => wanted === undefined || version === wanted)

function wantedFormat(request: FastifyRequest): Format {
  const type = request.accepts().type([...formatOf.keys()])
  return formatOf.get(String(type)) ?? 'json'
}

function sendUnlessKnown(request: FastifyRequest, reply: FastifyReply, etag: string, content: () => unknown) {
  void reply.header('etag', etag)
  return isKnown(etag, request.headers['if-none-match']) ? reply.code(304).send() : reply.send(content())
}

type Wanted = { request: FastifyRequest; reply: FastifyReply; transcript: Transcript; speakers: Speaker[] }

/** A page is written as JSON only once, for the tag and for the answer, because it may be large. */
async function sendPage({ db }: Pick<ApiDeps, 'db'>, wanted: Wanted & { after: number; limit: number }) {
  const { request, reply, transcript, speakers, after, limit } = wanted
  const found = await db.transcripts.utterances(transcript.id, after, limit + 1)
  const page = found.slice(0, limit)
  const data = { ...toVersion(transcript), speakers, utterances: toUtterances(page, speakers) }
  const last = page.at(-1)
  const nextCursor = found.length > limit && last ? encodePlace(transcript, last.seq) : undefined
  const body = JSON.stringify({ data, nextCursor })
  void reply.type('application/json; charset=utf-8').serializer((text: string) => text)
  return sendUnlessKnown(request, reply, etagFor(body), () => body)
}

/** A complete transcript never changes. The names of its speakers do. */
async function sendFile({ db }: Pick<ApiDeps, 'db'>, wanted: Wanted & { format: ExportFormat }) {
  const { request, reply, transcript, speakers, format } = wanted
  const { id: transcriptId, meetingId, version } = transcript
  void reply
    .type(`${mediaTypes[format]}; charset=utf-8`)
    .header('content-disposition', `inline; filename="transcript-${meetingId}-v${version}.${format}"`)
  return sendUnlessKnown(request, reply, etagFor(format, transcriptId, speakers), () =>
    Readable.from(exportTranscript(db, { transcriptId, speakers, format })),
  )
}
