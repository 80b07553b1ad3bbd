import fastifyCookie from '@fastify/cookie'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { browserKeyOf, clearConsentCookie, setConsentCookie } from './consent-cookie.ts'

type Query = { redirectUri: string }

let app: FastifyInstance

beforeAll(() => {
  app = Fastify()
  app.register(fastifyCookie)
  app.get<{ Querystring: Query }>('/set', (request, reply) => {
    setConsentCookie(reply, 'state', 'key', request.query.redirectUri)
    reply.send()
  })
  app.get<{ Querystring: Query }>('/clear', (request, reply) => {
    clearConsentCookie(reply, 'state', request.query.redirectUri)
    reply.send()
  })
  app.get('/read', (request) => ({ key: browserKeyOf(request, 'state') }))
})
afterAll(() => app.close())

async function cookieOf(path: string, redirectUri: string, cookie = ''): Promise<string> {
  const { headers } = await app.inject({ url: path, query: { redirectUri }, headers: { cookie } })
  return String(headers['set-cookie'])
}

async function nameOfCookie(): Promise<string> {
  return (await cookieOf('/set', 'https://seer.example/cb')).split('=')[0] ?? ''
}

test('goes to the callback only, over HTTPS where the API has that', async () => {
  const name = await nameOfCookie()
  expect(name).toMatch(/^seer_consent_[0-9a-f]{16}$/)
  const attributes = async (redirectUri: string) => (await cookieOf('/set', redirectUri)).split('; ').sort()
  expect(await attributes('https://seer.example/cb')).toEqual(
    [`${name}=key`, 'Path=/cb', 'Max-Age=600', 'HttpOnly', 'SameSite=Lax', 'Secure'].sort(),
  )
  expect(await attributes('http://localhost:3001/seer/cb')).toEqual(
    [`${name}=key`, 'Path=/seer/cb', 'Max-Age=600', 'HttpOnly', 'SameSite=Lax'].sort(),
  )
})

test('is removed from a browser that brings it, and from no other', async () => {
  const name = await nameOfCookie()
  const cleared = await cookieOf('/clear', 'http://localhost/cb', `${name}=key`)
  expect(cleared.split('; ')).toEqual(expect.arrayContaining([`${name}=`, 'Path=/cb', 'Max-Age=0']))
  expect(await cookieOf('/clear', 'http://localhost/cb')).toBe('undefined')
})

test('is found among others', async () => {
  const name = await nameOfCookie()
  const read = async (cookie: string) => (await app.inject({ url: '/read', headers: { cookie } })).json().key
  expect(await read(`a=1; x${name}=2;${name}=key; b=${name}=3`)).toBe('key')
  expect(await read(`${name}=`)).toBe('')
  expect(await read('seer_consent_0123456789abcdef=key')).toBeNull()
  expect(await read('')).toBeNull()
})
