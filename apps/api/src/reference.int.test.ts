import { afterAll, beforeAll, expect, it } from 'vitest'
import { clientOf, openTestApi, type TestApi } from './testing/test-api.ts'

let api: TestApi
let document: Record<string, any>
beforeAll(async () => {
  api = await openTestApi()
  document = (await clientOf(api.app, null)('GET', '/openapi.json')).body
})
afterAll(() => api.close())

it('describes every route of the API', () => {
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

it('is OpenAPI 3.1 in which every reference leads somewhere and every schema is used', () => {
  expect(document['openapi']).toBe('3.1.0')
  const text = JSON.stringify(document)
  const referenced = new Set([...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name))
  expect(Object.keys(document['components'].schemas).sort()).toEqual([...referenced].sort())
  expect(text).not.toContain('Input"')
})

it('says what each route needs and gives', () => {
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

it('documents closed requests and open answers', () => {
  const { BotOrder, Bot } = document['components'].schemas
  expect(BotOrder.additionalProperties).toBe(false)
  expect(Bot.additionalProperties).toBeUndefined()
})

it('says which bodies may be left out', () => {
  const bodyOf = (method: string, path: string) => document['paths'][`/api/meetingbaas/${path}`][method].requestBody
  expect(bodyOf('put', 'calendar/rules').required).toBe(true)
  const event = 'calendar/events/{eventId}/schedule-recording'
  expect([bodyOf('post', event).required, bodyOf('delete', event).required]).toEqual([undefined, undefined])
})

it('has a page that loads nothing from elsewhere', async () => {
  const page = await api.app.inject({ method: 'GET', url: '/docs/' })
  expect(page.statusCode).toBe(200)
  expect(page.body).not.toMatch(/(src|href)="(https?:)?\/\//)
  expect(page.headers['content-security-policy']).toContain("default-src 'self'")
})
