/** Whatever a caller gets wrong, the message says what is expected in words that the caller can act on. */
import { newId } from '@seer/infra/ids'
import type { RouteOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { botsUrl, calendarUrl, clientOf, meetUrl, openTestApi, type TestApi } from '../../testing/test-api.ts'
import { validatorCompiler } from './validation.ts'

let api: TestApi
let alice: ReturnType<typeof clientOf>
beforeAll(async () => {
  api = await openTestApi()
  alice = clientOf(api.app, await api.makeKey('alice', 'admin'))
})
afterAll(() => api.close())

type Ask = [name: string, method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body: unknown, message: string]

const aTime =
  'must be an ISO 8601 time with its offset from UTC, such as 2030-01-31T14:00:00Z or 2030-01-31T14:00:00+01:00'
const asks: Ask[] = [
  [
    'a time without its offset',
    'POST',
    botsUrl,
    { meetingUrl: meetUrl, joinAt: '2026-12-01T09:00:00' },
    'joinAt: lacks its offset from UTC: write 2026-12-01T09:00:00Z, or 2026-12-01T09:00:00+01:00 for a time one hour ahead of UTC',
  ],
  ['a time in words', 'POST', botsUrl, { meetingUrl: meetUrl, joinAt: 'tomorrow' }, `joinAt: ${aTime}`],
  ['a time in a query', 'GET', `${botsUrl}?createdAfter=yesterday`, undefined, `createdAfter: ${aTime}`],
  [
    'no link',
    'POST',
    botsUrl,
    {},
    'meetingUrl: is required and must be a text, such as https://meet.google.com/abc-defg-hij',
  ],
  [
    'a number for a text',
    'POST',
    botsUrl,
    { meetingUrl: 5 },
    'meetingUrl: must be a text, such as https://meet.google.com/abc-defg-hij',
  ],
  ['a list for a body', 'POST', botsUrl, [], 'body: must be an object'],
  [
    'a text for an object',
    'POST',
    botsUrl,
    { meetingUrl: meetUrl, extra: 'x' },
    'extra: must be an object, such as {"customerId":"c-42"}',
  ],
  [
    'an image that is not https',
    'POST',
    botsUrl,
    { meetingUrl: meetUrl, customBotConfig: { botImage: 'http://example.com/a.png' } },
    'customBotConfig.botImage: must be an https address of a picture, such as https://example.com/bot.png',
  ],
  [
    'a short wait',
    'POST',
    botsUrl,
    { meetingUrl: meetUrl, customBotConfig: { automaticLeave: { silenceTimeout: 1 } } },
    'customBotConfig.automaticLeave.silenceTimeout: must be at least 300',
  ],
  [
    'an unknown mode',
    'POST',
    botsUrl,
    { meetingUrl: meetUrl, customBotConfig: { recordingMode: 'cinema' } },
    'customBotConfig.recordingMode: must be one of speaker_view, gallery_view, audio_only',
  ],
  [
    'a field that is spelled in two ways',
    'POST',
    botsUrl,
    { meetingUrl: meetUrl, customBotConfig: { recordingMode: 'audio_only', recording_mode: 'gallery_view' } },
    'customBotConfig.recordingMode: is given in both spellings, with different values',
  ],
  [
    'a field that there is not',
    'POST',
    botsUrl,
    { meetingUrl: meetUrl, botName: 'x' },
    'botName: is not a field of this request; the fields here are meetingUrl, meetingId, customBotName, joinAt, customBotConfig, extra, webhookUrl, webhookSecret',
  ],
  ['a large limit', 'GET', `${botsUrl}?limit=101`, undefined, 'limit: must be at most 100'],
  ['a limit in words', 'GET', `${botsUrl}?limit=many`, undefined, 'limit: must be a number'],
  ['half an item', 'GET', `${botsUrl}?limit=1.5`, undefined, 'limit: must be a whole number'],
  [
    'an id that is none',
    'GET',
    `/api/meetingbaas/webhook-events/42`,
    undefined,
    'eventId: must be a UUID, such as 018f6f3e-7b1a-7c3d-9d2e-5a4b3c2d1e0f',
  ],
  [
    'times that exclude each other',
    'GET',
    `${botsUrl}?createdAfter=2026-05-02T00:00:00Z&createdBefore=2026-05-01T00:00:00Z`,
    undefined,
    'createdAfter: must be before createdBefore, because otherwise no bot can match',
  ],
  [
    'dates that exclude each other',
    'GET',
    `${calendarUrl}/events?startDateGte=2026-05-02&startDateLte=2026-05-01`,
    undefined,
    'startDateGte: must not be after startDateLte, because otherwise no event can match',
  ],
  [
    'an option with two values',
    'DELETE',
    `${calendarUrl}/events/${newId()}/schedule-recording?allOccurrences=true`,
    { allOccurrences: false },
    'allOccurrences: has one value in the query and another in the body; send it only once',
  ],
]

describe('a message says what is expected of', () => {
  test.each(asks)('%s', async (_name, method, url, body, message) => {
    const answer = await alice(method, url, body)
    expect([answer.status, answer.body.detail]).toEqual([400, message])
  })
})

describe('a key that is not accepted', () => {
  const detailOf = async (headers: Record<string, string>) =>
    (await api.app.inject({ method: 'GET', url: botsUrl, headers })).json().detail as string

  test('is told from a key that is missing, and from a header that holds none', async () => {
    expect(await detailOf({})).toMatch(/^The request carries no API key\. Send/)
    expect(await detailOf({ 'x-api-key': 'seer_wrong' })).toMatch(/^The API key is not valid/)
    expect(await detailOf({ authorization: 'seer_wrong' })).toMatch(/^The Authorization header does not have the form/)
  })
})

/** Served for browsers and caches, or called by those whose query is not ours to choose. */
const withFreeQueries = (url: string) =>
  url.startsWith('/docs') || url.startsWith('/admin') || /\/(webhooks|callback)$/.test(url) || url === '/'

test('every route refuses a query field that it does not know', async () => {
  const routes = api.routes.filter(({ url }) => !withFreeQueries(url))
  expect(routes.length).toBeGreaterThan(25)
  for (const { method, url, schema } of routes) {
    const validate = validatorCompiler({
      schema: schema?.querystring as z.ZodType,
      method: 'GET',
      url,
      httpPart: 'querystring',
    })
    const { error } = validate({ colour: 'red' }) as { error?: { errors?: { path: string }[] } }
    expect([method, url, error?.errors?.map(({ path }) => path)]).toEqual([
      method,
      url,
      expect.arrayContaining(['colour']),
    ])
  }
  expect((await alice('GET', `${calendarUrl}/integrations?colour=red`)).body.detail).toBe(
    'colour: is not a field of this request',
  )
})

/** One of each kind of value, so that every field meets some that do not fit. */
const oddValues = [
  undefined,
  null,
  true,
  -1,
  1.5,
  1e12,
  '',
  ' ',
  'x',
  'x'.repeat(10_000),
  '2026-12-01T09:00:00',
  [],
  [null],
  ['x', 5],
  {},
  { x: 1 },
]

/** A message in the words of the validator's authors: "Invalid input: expected string, received undefined". */
const raw = /^invalid |expected .*received|^too (big|small)|unrecognized/i

test('no field of any request answers in the words of the validator', () => {
  const messages = new Set<string>()
  for (const { httpPart, schema } of schemasOf(api.routes)) {
    const validate = validatorCompiler({ schema, method: 'POST', url: '/', httpPart })
    for (const data of oddValues) collect(validate(data))
    for (const field of fieldsOf(schema)) for (const value of oddValues) collect(validate({ [field]: value }))
  }
  expect(messages.size).toBeGreaterThan(40)
  for (const message of messages) expect(message).not.toMatch(raw)

  function collect(result: unknown): void {
    const { error } = result as { error?: { errors?: { message: string }[] } }
    for (const { message } of error?.errors ?? []) messages.add(message)
  }
})

type Part = { httpPart: string; schema: z.ZodType }

function schemasOf(routes: RouteOptions[]): Part[] {
  return routes.flatMap(({ schema }) =>
    (['body', 'querystring', 'params'] as const).flatMap((httpPart) => {
      const part: unknown = schema?.[httpPart]
      return part instanceof z.ZodType ? [{ httpPart, schema: part }] : []
    }),
  )
}

function fieldsOf(schema: z.ZodType): string[] {
  return Object.keys((z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }).properties ?? {}) as object)
}
