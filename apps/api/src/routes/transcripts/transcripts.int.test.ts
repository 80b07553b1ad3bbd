import type { ReadTranscript } from '@seer/core/recordings/transcripts/formats/read-outcome'
import { storeTranscript } from '@seer/core/recordings/transcripts/store-transcript'
import { aDetailedWrite, anIntegration } from '@seer/core/testing/calendars/calendar-builders'
import { aTranscript, said } from '@seer/core/testing/recordings/transcripts/transcript-builders'
import { newId } from '@seer/infra/ids'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { botsUrl, clientOf, openTestApi, type TestApi } from '../../../testing/test-api.ts'
import { apiPrefix } from '../../api-scope.ts'
import { TranscriptVersion, TranscriptWithUtterances } from './transcript-schema.ts'

let api: TestApi
let alice: ReturnType<typeof clientOf>
let bo: ReturnType<typeof clientOf>
beforeAll(async () => {
  api = await openTestApi({ policy: { lateAccess: 'status' } })
  alice = clientOf(api.app, await api.makeKey('alice'))
  bo = clientOf(api.app, await api.makeKey('bo'))
})
afterAll(() => api.close())

/** Orders a bot whose meeting has ended, and returns its id. */
async function endedBot(client = alice): Promise<string> {
  const letter = () => String.fromCharCode(97 + Math.floor(Math.random() * 26))
  const code = Array.from({ length: 10 }, letter)
    .join('')
    .replace(/^(...)(....)/, '$1-$2-')
  const { body } = await client('POST', botsUrl, { meetingUrl: `https://meet.google.com/${code}` })
  const ended = `UPDATE meetings SET processing_status = 'completed', final_at = now(), write_due_at = NULL, due_at = NULL WHERE id = $1`
  await api.db.pool.query(ended, [body.data.id])
  return body.data.id
}

async function store(meetingId: string, transcript: ReadTranscript): Promise<void> {
  const deps = { transcripts: api.db.transcripts, newId, now: api.deps.now }
  await storeTranscript(deps, { meetingId, source: 'vendor', sourceKey: newId(), transcript })
}

const lines = [
  said('Speaker 0', 1, 'Shall we start?', { words: 3 }),
  said('Speaker 1', 4, 'Yes & no.'),
  said(null, 7, 'Hm.'),
]
async function botWithTranscript(client = alice): Promise<string> {
  const botId = await endedBot(client)
  await store(botId, aTranscript(lines))
  return botId
}
const urlOf = (botId: string, rest = '') => `${botsUrl}/${botId}/transcript${rest}`

describe('GET /bots/:botId/transcript', () => {
  test('gives utterances page by page', async () => {
    const botId = await botWithTranscript()
    const first = await alice('GET', urlOf(botId, '?limit=2'))
    expect(first.status).toBe(200)
    const data = TranscriptWithUtterances.strict().parse(first.body.data)
    expect(data).toMatchObject({
      version: 1,
      isCurrent: true,
      state: 'complete',
      source: 'vendor',
      utteranceCount: 3,
      wordCount: 6,
      speakerCount: 2,
      durationSeconds: 9,
      speakers: [
        { label: 'Speaker 0', name: null },
        { label: 'Speaker 1', name: null },
      ],
      error: null,
    })
    expect(data.utterances[0]).toMatchObject({
      seq: 1,
      speaker: 'Speaker 0',
      words: [{ text: 'Shall', startMs: 1_000 }, {}, {}],
    })
    const rest = await alice('GET', urlOf(botId, `?cursor=${first.body.nextCursor}`))
    expect(rest.body.data.utterances).toMatchObject([{ seq: 3, text: 'Hm.', speaker: null, originalSpeaker: null }])
    expect(rest.body.nextCursor).toBeUndefined()
  })

  test('goes on in the version in which a page began', async () => {
    const botId = await botWithTranscript()
    const { nextCursor } = (await alice('GET', urlOf(botId, '?limit=1'))).body
    await store(botId, aTranscript([said('Ines', 1, 'New')]))
    const rest = await alice('GET', urlOf(botId, `?cursor=${nextCursor}`))
    expect(rest.body.data).toMatchObject({ version: 1, isCurrent: false, utterances: [{ seq: 2 }, { seq: 3 }] })
    expect((await alice('GET', urlOf(botId))).body.data).toMatchObject({ version: 2, utterances: [{ text: 'New' }] })
    expect((await alice('GET', urlOf(botId, '?version=1'))).body.data).toMatchObject({ version: 1 })
  })

  test.each([
    ['format=txt', '?format=txt', '*/*', 'text/plain', '[00:00:04] Speaker 1: Yes & no.\n'],
    ['format=md', '?format=md', '*/*', 'text/markdown', '**Speaker 1** (00:00:04): Yes \\& no.\n'],
    [
      'format=srt',
      '?format=srt',
      '*/*',
      'application/x-subrip',
      '2\n00:00:04,000 --> 00:00:06,000\nSpeaker 1: Yes & no.\n',
    ],
    ['format=vtt', '?format=vtt', 'application/json', 'text/vtt', '<v Speaker 1>Yes &amp; no.</v>\n'],
    ['Accept', '', 'text/vtt', 'text/vtt', '<v Speaker 1>Yes &amp; no.</v>\n'],
    ['the best of Accept', '', 'text/html, text/plain;q=0.5, text/vtt;q=0.9', 'text/vtt', 'WEBVTT\n'],
  ])('is chosen by %s', async (_, query, accept, type, part) => {
    const { status, headers, body } = await alice('GET', urlOf(await botWithTranscript(), query), undefined, { accept })
    expect([status, headers['content-type'], headers['vary']]).toEqual([200, `${type}; charset=utf-8`, 'Accept'])
    expect(body).toContain(part)
  })

  test.each(['*/*', 'text/html', 'image/png, application/json', ''])('is JSON for Accept: %s', async (accept) => {
    const { headers } = await alice('GET', urlOf(await botWithTranscript()), undefined, { accept })
    expect(headers['content-type']).toContain('application/json')
  })

  test('is JSON for whoever asks for a page, and a page is of JSON only', async () => {
    const botId = await botWithTranscript()
    const { body, headers } = await alice('GET', urlOf(botId, '?limit=1'), undefined, { accept: 'text/vtt' })
    expect(headers['content-type']).toContain('application/json')
    await store(botId, aTranscript([]))
    for (const [query, code] of [
      [`?cursor=${body.nextCursor}&version=2`, 'INVALID_CURSOR'],
      ['?cursor=abc', 'INVALID_CURSOR'],
      ['?format=vtt&limit=1', 'VALIDATION_FAILED'],
      ['?format=doc', 'VALIDATION_FAILED'],
      ['?version=0', 'VALIDATION_FAILED'],
    ])
      expect(await alice('GET', urlOf(botId, query))).toMatchObject({ status: 400, body: { code } })
  })

  test('a long transcript is written whole', async () => {
    const botId = await endedBot()
    await store(botId, aTranscript(Array.from({ length: 1_201 }, (_, i) => said('Ines', i, `Line ${i}.`))))
    const { body } = await alice('GET', urlOf(botId, '?format=txt'))
    const written = String(body).trim().split('\n')
    expect([written.length, written.at(-1)]).toEqual([1_201, '[00:20:00] Ines: Line 1200.'])
  })

  test.each(['', '?format=txt', '?limit=1'])('has an ETag that changes with the names: %s', async (query) => {
    const botId = await botWithTranscript()
    const get = (headers = {}) => alice('GET', urlOf(botId, query), undefined, headers)
    const { etag } = (await get()).headers as { etag: string }
    expect(await get({ 'if-none-match': etag })).toMatchObject({ status: 304, body: '' })
    await alice('PUT', urlOf(botId, '/speakers'), { speakers: { 'Speaker 0': 'Ines' } })
    const changed = await get({ 'if-none-match': etag })
    expect(changed.status).toBe(200)
    expect(changed.headers['etag']).not.toBe(etag)
  })

  test('says why there is none', async () => {
    const going = (await alice('POST', botsUrl, { meetingUrl: 'https://meet.google.com/abc-defg-hij' })).body.data.id
    const problem = async (botId: string, query = '') => {
      const { status, body } = await alice('GET', urlOf(botId, query))
      return [status, body.code, body.detail]
    }
    expect(await problem(going)).toEqual([
      409,
      'TRANSCRIPT_NOT_READY',
      expect.stringContaining('when the bot has ended'),
    ])
    const ended = await endedBot()
    expect(await problem(ended)).toEqual([404, 'NO_TRANSCRIPT', expect.stringContaining('there is no recording')])
    const order = { id: newId(), meetingId: ended, source: 'openai' as const, sourceKey: 'x', createdAt: new Date() }
    await api.db.transcripts.begin({ ...order, service: null, model: null, language: null, requestedBy: null })
    expect(await problem(ended)).toEqual([409, 'TRANSCRIPT_NOT_READY', 'The transcript is being made.'])
    await api.db.transcripts.fail(order.id, { code: 'VENDOR_TIMEOUT', message: 'No answer.' }, new Date())
    expect(await problem(ended)).toEqual([409, 'TRANSCRIPT_FAILED', 'No answer. (VENDOR_TIMEOUT)'])
    expect(await problem(await botWithTranscript(), '?version=9')).toEqual([
      404,
      'NO_TRANSCRIPT',
      expect.stringContaining('no version'),
    ])
  })
})

test('GET /bots/:botId/transcripts lists all versions, newest first', async () => {
  const botId = await botWithTranscript()
  await store(botId, aTranscript([]))
  const { status, body } = await alice('GET', `${botsUrl}/${botId}/transcripts`)
  expect(status).toBe(200)
  for (const version of body.data) TranscriptVersion.strict().parse(version)
  expect(body.data).toMatchObject([
    { version: 2, isCurrent: true, utteranceCount: 0 },
    { version: 1, isCurrent: false, utteranceCount: 3 },
  ])
})

describe('PUT /bots/:botId/transcript/speakers', () => {
  test('names speakers everywhere, and takes names back', async () => {
    const botId = await botWithTranscript()
    const name = (speakers: object) => alice('PUT', urlOf(botId, '/speakers'), { speakers })
    const named = await name({ 'Speaker 0': ' Ines ', 'Speaker 1': 'Bo' })
    expect(named.body.data).toEqual([
      { label: 'Speaker 0', name: 'Ines' },
      { label: 'Speaker 1', name: 'Bo' },
    ])
    await name({ 'Speaker 1': null })
    const { data } = (await alice('GET', urlOf(botId))).body
    expect(data.utterances).toMatchObject([
      { speaker: 'Ines', originalSpeaker: 'Speaker 0' },
      { speaker: 'Speaker 1', originalSpeaker: 'Speaker 1' },
      { speaker: null },
    ])
    expect((await alice('GET', urlOf(botId, '?format=vtt'))).body).toContain('<v Ines>')
  })

  test.each<[string, unknown, number, string]>([
    ['a label that there is not', { speakers: { 'Speaker 9': 'Bo' } }, 422, 'UNKNOWN_SPEAKER'],
    ['an empty name', { speakers: { 'Speaker 0': ' ' } }, 400, 'VALIDATION_FAILED'],
    ['a long name', { speakers: { 'Speaker 0': 'x'.repeat(101) } }, 400, 'VALIDATION_FAILED'],
    ['a control character', { speakers: { 'Speaker 0': 'a\u001bb' } }, 400, 'VALIDATION_FAILED'],
    ['a number', { speakers: { 'Speaker 0': 5 } }, 400, 'VALIDATION_FAILED'],
    ['a list', { speakers: ['Ines'] }, 400, 'VALIDATION_FAILED'],
    ['nothing', {}, 400, 'VALIDATION_FAILED'],
  ])('refuses %s', async (_, body, status, code) => {
    const botId = await botWithTranscript()
    expect(await alice('PUT', urlOf(botId, '/speakers'), body)).toMatchObject({ status, body: { code } })
    expect((await api.db.transcripts.speakers(botId)).every(({ name }) => name === null)).toBe(true)
  })

  test('says which labels there are', async () => {
    const refused = await alice('PUT', urlOf(await botWithTranscript(), '/speakers'), { speakers: { Ines: 'Bo' } })
    expect(refused.body).toMatchObject({
      detail: 'The speakers are "Speaker 0", "Speaker 1".',
      errors: [{ path: 'speakers.Ines' }],
    })
  })

  test('needs a transcript', async () => {
    const refused = await alice('PUT', urlOf(await endedBot(), '/speakers'), { speakers: { Ines: 'Bo' } })
    expect(refused).toMatchObject({ status: 404, body: { code: 'NO_TRANSCRIPT' } })
  })
})

describe('whoever may not see the recording', () => {
  const requests: [method: 'GET' | 'PUT' | 'POST', rest: string, body?: object][] = [
    ['GET', '/recordings'],
    ['GET', '/recordings/video/content'],
    ['GET', '/data'],
    ['GET', '/transcript'],
    ['GET', '/transcript?format=vtt'],
    ['GET', '/transcripts'],
    ['PUT', '/transcript/speakers', { speakers: { 'Speaker 0': 'Ines' } }],
    ['POST', '/retranscribe'],
  ]

  test.each(requests)('gets nothing from %s %s', async (method, rest, body) => {
    const botId = await botWithTranscript()
    expect(await bo(method, `${botsUrl}/${botId}${rest}`, body)).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND' },
    })
    const { rows } = await api.db.pool.query(`SELECT id FROM users WHERE name = 'bo'`)
    await api.db.pool.query(
      `INSERT INTO meeting_subscribers (meeting_id, user_id, shared_since, shared_late, meeting_created_at)
        SELECT id, $2, now(), true, created_at FROM meetings WHERE id = $1`,
      [botId, rows[0].id],
    )
    const hidden = { status: 403, body: { code: 'RECORDING_HIDDEN' } }
    expect(await bo(method, `${botsUrl}/${botId}${rest}`, body)).toMatchObject(hidden)
  })
})

describe('GET /transcripts/search', () => {
  const search = (query: Record<string, string>, client = alice) =>
    client('GET', `${apiPrefix}/transcripts/search?${new URLSearchParams(query)}`)
  const word = () => `w${newId().replaceAll('-', '')}`

  test('finds passages, says where they match, and pages through them', async () => {
    const [botId, rare] = [await endedBot(), word()]
    await store(
      botId,
      aTranscript([said('Speaker 0', 1, `🙂 ${rare} one`), said('Bo', 5, `two ${rare.toUpperCase()}`)]),
    )
    await alice('PUT', urlOf(botId, '/speakers'), { speakers: { 'Speaker 0': 'Inès' } })
    const first = await search({ q: rare, limit: '1' })
    expect(first.body.data).toMatchObject([
      {
        botId,
        version: 1,
        seq: 2,
        speaker: 'Bo',
        startMs: 5_000,
        highlights: [[4, 4 + rare.length]],
        meeting: { title: null, platform: 'meet' },
      },
    ])
    const second = await search({ q: rare, limit: '1', cursor: first.body.nextCursor })
    expect(second.body.data).toMatchObject([
      { seq: 1, speaker: 'Inès', originalSpeaker: 'Speaker 0', highlights: [[3, 3 + rare.length]] },
    ])
    expect(second.body.nextCursor).toBeUndefined()
    const count = async (query: Record<string, string>, client = alice) =>
      (await search({ q: rare, ...query }, client)).body.data.length
    expect(await count({ speaker: 'ines' })).toBe(1)
    expect(
      await count({ botId, sort: 'best', platform: 'meet', from: '2026-05-05T10:00:00Z', to: '2026-05-05T10:00:03Z' }),
    ).toBe(1)
    expect(await count({}, bo)).toBe(0)
  })

  test('says in which event it was', async () => {
    const [botId, rare] = [await endedBot(), word()]
    await store(botId, aTranscript([said('Ines', 1, rare)]))
    const { rows } = await api.db.pool.query(`SELECT user_id FROM meetings WHERE id = $1`, [botId])
    const integration = anIntegration({ userId: rows[0].user_id })
    const write = aDetailedWrite()
    await api.db.integrations.add(integration)
    await api.db.calendarEvents.save(integration, [write], new Date())
    await api.db.pool.query('UPDATE meetings SET calendar_event_id = $2 WHERE id = $1', [botId, write.listed.id])
    expect((await search({ q: rare })).body.data).toMatchObject([{ meeting: { title: write.listed.title } }])
  })

  test.each<[string, Record<string, string>, string]>([
    ['no query', {}, 'q'],
    ['a query of signs', { q: '"--" :-)' }, 'q'],
    ['only exclusions', { q: '-budget' }, 'q'],
    ['a long query', { q: 'x'.repeat(401) }, 'q'],
    ['an unknown order', { q: 'a', sort: 'oldest' }, 'sort'],
    ['an unknown platform', { q: 'a', platform: 'webex' }, 'platform'],
    ['an id that is none', { q: 'a', botId: '42' }, 'botId'],
    ['a time that is none', { q: 'a', from: 'today' }, 'from'],
    ['an end before the start', { q: 'a', from: '2026-05-05T10:00:00Z', to: '2026-05-05T09:00:00Z' }, 'from'],
    ['an unknown field', { q: 'a', speakers: 'x' }, 'speakers'],
    ['a cursor of something else', { q: 'a', cursor: 'abc' }, 'cursor'],
  ])('refuses %s', async (_, query, path) => {
    const { status, body } = await search(query)
    expect([status, body.errors.map((error: { path: string }) => error.path)]).toEqual([400, [path]])
  })

  test('no query at all makes it answer 500', async () => {
    const sign = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('"', '-', "'", ':*', '会', ' '),
    )
    const text = fc.array(sign, { maxLength: 8 }).map((signs) => signs.join(''))
    const query = fc.record({ q: text, speaker: text, cursor: text }, { requiredKeys: ['q'] })
    await fc.assert(
      fc.asyncProperty(query, async (fields) => {
        expect([200, 400]).toContain((await search(fields)).status)
      }),
      { numRuns: 200 },
    )
  })
})
