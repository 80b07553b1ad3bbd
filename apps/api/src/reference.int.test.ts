import { readFileSync } from 'node:fs'
import { allTypes } from '@seer/core/log/feed/type-patterns'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { z } from 'zod'
import { clientOf, openTestApi, type TestApi } from '../testing/test-api.ts'

let api: TestApi
let document: Record<string, any>
beforeAll(async () => {
  api = await openTestApi()
  document = (await clientOf(api.app, null)('GET', '/openapi.json')).body
})
afterAll(() => api.close())

test('describes every route of the API', () => {
  const described = Object.entries(document['paths']).flatMap(([path, methods]) =>
    Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const served = api.routes
    .filter(({ url }) => url.startsWith('/api') || url === '/metrics')
    .flatMap(({ method, url }) => [method].flat().map((name) => `${name} ${url.replace(/:(\w+)/g, '{$1}')}`))
    // Webhooks may come as PUT as well; the document says so in words.
    .filter((route) => !/^(HEAD |PUT .*\/webhooks$)/.test(route))
  expect(described.sort()).toEqual(served.sort())
})

test('is OpenAPI 3.1 in which every reference leads somewhere and every schema is used', () => {
  expect(document['openapi']).toBe('3.1.0')
  const text = JSON.stringify(document)
  const referenced = new Set([...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name))
  expect(Object.keys(document['components'].schemas).sort()).toEqual([...referenced].sort())
  expect(text).not.toContain('Input"')
})

test('says what each route needs and gives', () => {
  for (const [path, methods] of Object.entries(document['paths'])) {
    for (const operation of Object.values(methods as Record<string, any>)) {
      expect([path, typeof operation.summary]).toEqual([path, 'string'])
      const answers = Object.values(operation.responses as Record<string, { description: string }>)
      for (const { description } of answers) expect(description).not.toBe('Default Response')
      const isOpen = path.startsWith('/api/health') || /\/(webhooks|callback)$/.test(path)
      expect([path, operation.security !== undefined]).toEqual([path, !isOpen])
    }
  }
})

test('documents closed requests and open answers', () => {
  const { BotOrder, Bot } = document['components'].schemas
  expect(BotOrder.additionalProperties).toBe(false)
  expect(Bot.additionalProperties).toBeUndefined()
})

test('describes every event that Seer sends, with its data', () => {
  const { webhooks } = document
  expect(Object.keys(webhooks).toSorted()).toEqual(allTypes.map(({ type }) => type).toSorted())
  const schemaOf = (type: string) => webhooks[type].post.requestBody.content['application/json'].schema
  expect(schemaOf('recording_ready').properties.data.allOf[1].properties.data).toEqual({
    type: 'object',
    properties: { video: { type: 'boolean' }, audio: { type: 'boolean' } },
    required: ['video', 'audio'],
  })
  expect(JSON.stringify(webhooks)).not.toContain('"additionalProperties":false')
})

test('says which bodies may be left out', () => {
  const bodyOf = (method: string, path: string) => document['paths'][`/api/meetingbaas/${path}`][method].requestBody
  expect(bodyOf('put', 'calendar/rules').required).toBe(true)
  const event = 'calendar/events/{eventId}/schedule-recording'
  expect([bodyOf('post', event).required, bodyOf('delete', event).required]).toEqual([undefined, undefined])
})

test('offers for every body an example that its route takes as it is, and that sends nothing odd into a meeting', () => {
  const operations = Object.entries(document['paths']).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, any>).map(([method, operation]) => ({ path, method, ...operation })),
  )
  const withBodies = operations.filter(({ requestBody, path }) => requestBody && !path.endsWith('/webhooks'))
  expect(withBodies.length).toBeGreaterThan(10)
  for (const { path, method, requestBody } of withBodies) {
    const { example } = requestBody.content['application/json']
    const route = api.routes.find(
      (each) => each.url.replace(/:(\w+)/g, '{$1}') === path && String(each.method).toLowerCase() === method,
    )
    const schema = route?.schema?.body as z.ZodType
    const parsed = schema.safeParse(example)
    expect([method, path, example, parsed.error]).toEqual([method, path, expect.any(Object), undefined])
    expect(JSON.stringify(example)).not.toMatch(/"string"|entryMessage|meetingId/)
  }
})

test('has no fixed key, so that trying a route out twice is two requests', () => {
  expect(JSON.stringify(document)).not.toMatch(/"idempotency-key"[^}]*"example/)
})

test('says which version of Seer it describes', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))
  expect(document['info'].version).toBe(version)
})

test('sends its readers only to pages that this server has', async () => {
  const text = JSON.stringify(document)
  expect(text).not.toMatch(/\w\.md\b/)
  const links = [...new Set([...text.matchAll(/\]\((\/[^)]*)\)/g)].map(([, link]) => link as string))]
  expect(links).toEqual(expect.arrayContaining(['/docs/errors', '/docs/rules']))
  for (const url of links) {
    const page = await api.app.inject({ method: 'GET', url })
    expect([url, page.statusCode, page.headers['content-type']]).toEqual([url, 200, 'text/html; charset=utf-8'])
    expect(page.body).toContain('<table>')
  }
})

test('is where a browser that asks for the root is sent', async () => {
  const answer = await api.app.inject({ method: 'GET', url: '/' })
  expect([answer.statusCode, answer.headers['location']]).toEqual([302, '/docs'])
})

test('has a page that loads nothing from elsewhere', async () => {
  const page = await api.app.inject({ method: 'GET', url: '/docs/' })
  expect(page.statusCode).toBe(200)
  expect(page.body).not.toMatch(/(src|href)="(https?:)?\/\//)
  expect(page.headers['content-security-policy']).toContain("default-src 'self'")
})
