import { type Highlight, highlightsOf } from '@seer/core/recordings/search/highlights'
import { readSearchQuery, type SearchQuery } from '@seer/core/recordings/search/search-query'
import { type Passage, searchOrders } from '@seer/core/recordings/search/transcript-search'
import { fold } from '@seer/core/rules/fold'
import { platforms } from '@seer/core/vendor/platform'
import { z } from 'zod'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, pageOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { anyId, cursorField, timeField } from '../query-fields.ts'
import { decodePosition, encodePosition } from './transcript-cursor.ts'

const time = timeField()

const SearchFields = z
  .strictObject({
    q: z
      .string()
      .max(400)
      .transform((text, context): SearchQuery => {
        const query = readSearchQuery(text)
        if (query) return query
        context.addIssue({
          code: 'custom',
          message: 'must have a word to look for, besides signs and words with a minus',
        })
        return z.NEVER
      })
      .meta({
        description:
          'Words that were all said in one utterance. `"next budget"` is a phrase, `-budget` excludes a word, `-"next budget"` a phrase. Case and accents make no difference.',
        examples: ['"next budget" -draft'],
      }),
    speaker: z.string().trim().min(1).max(200).transform(fold).optional().meta({
      description: 'Only what this speaker said: the whole name or label. Case and accents make no difference.',
    }),
    from: time
      .optional()
      .meta({ description: 'Only what was said at this time or later.', examples: ['2030-01-01T00:00:00Z'] }),
    to: time.optional().meta({ description: 'Only what was said before this time.' }),
    platform: z.enum(platforms).optional(),
    botId: anyId()
      .optional()
      .meta({ description: 'Only the transcript of this bot: its `id`, or its `meetingBaasId`.' }),
    sort: z.enum(searchOrders).default('newest'),
    cursor: cursorField(),
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(100)
      .default(25)
      .meta({ description: 'How many passages a page has at most.' }),
  })
  .superRefine(({ from, to }, context) => {
    if (!from || !to || from < to) return
    context.addIssue({
      code: 'custom',
      path: ['from'],
      message: 'must be before `to`, because otherwise nothing can match',
    })
  })

const PassageItem = z
  .object({
    botId: z.uuid(),
    version: z.int().meta({ description: 'The version of the transcript, which is the current one.' }),
    seq: z.int().meta({ description: 'The number of the utterance.' }),
    speaker: z.string().nullable(),
    originalSpeaker: z.string().nullable(),
    startMs: z.int().meta({ description: 'Milliseconds since the start of the recording.' }),
    endMs: z.int(),
    text: z.string(),
    highlights: z.array(z.tuple([z.int(), z.int()])).meta({
      description:
        'Where `text` matches: from the first UTF-16 code unit up to the one behind the last, as `text.slice(start, end)` takes them.',
    }),
    language: z.string().nullable(),
    spokenAt: z.iso.datetime(),
    meeting: z.object({
      title: z.string().nullable().meta({ description: 'The title of your calendar event, if the bot has one.' }),
      startedAt: z.iso.datetime(),
      platform: z.enum(platforms),
    }),
  })
  .meta({
    id: 'Passage',
    examples: [
      {
        botId: '0192f0c1-8d4e-7a55-b1d4-0c7d2f4be001',
        version: 1,
        seq: 42,
        speaker: 'Ines Okafor',
        originalSpeaker: 'Speaker 0',
        startMs: 184_000,
        endMs: 187_200,
        text: 'The next budget is due on Friday.',
        highlights: [[4, 15]],
        language: 'en',
        spokenAt: '2030-01-31T13:03:04.000Z',
        meeting: { title: 'Forecast', startedAt: '2030-01-31T13:00:00.000Z', platform: 'meet' },
      },
    ],
  })

export function searchTranscriptsRoute(app: ApiScope, { db, policy }: Pick<ApiDeps, 'db' | 'policy'>): void {
  app.route({
    method: 'GET',
    url: `${apiPrefix}/transcripts/search`,
    config: { access: 'read' },
    schema: {
      tags: ['Transcripts'],
      summary: 'Search in all transcripts',
      description:
        'Finds utterances in the current transcripts of all bots whose recordings you may see. `sort=newest` lists what was said last first, `sort=best` what matches best.',
      querystring: SearchFields,
      response: answers({ 200: pageOf(PassageItem, 'A page of passages.') }),
    },
    handler: async (request) => {
      const { q: query, sort, cursor, limit, ...filter } = request.query
      const found = await db.transcriptSearch.search({
        userId: callerOf(request).userId,
        lateAccess: policy.lateAccess,
        filter: { query, ...filter },
        order: sort,
        after: cursor === undefined ? null : decodePosition(cursor),
        limit: limit + 1,
      })
      const page = found.slice(0, limit)
      const data = page.map((passage) => toPassage(passage, highlightsOf(passage.text, query)))
      const last = page.at(-1)
      return found.length > limit && last ? { data, nextCursor: encodePosition(last) } : { data }
    },
  })
}

function toPassage(passage: Passage, highlights: Highlight[]): z.input<typeof PassageItem> {
  const { meetingId: botId, version, seq, speaker, originalSpeaker, startMs, endMs, text, language } = passage
  const { title, startedAt, platform, spokenAt } = passage
  return {
    ...{ botId, version, seq, speaker, originalSpeaker, startMs, endMs, text, highlights, language },
    spokenAt: spokenAt.toISOString(),
    meeting: { title, startedAt: startedAt.toISOString(), platform },
  }
}
