import { RetryableError } from '@seer/core/basics/errors'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type CalendarUser, openCalendarUser } from '../../../../testing/calendar-user.ts'
import { appPage, callbackUrl, html, openConsents } from '../../../../testing/consents.ts'
import { calendarUrl, openTestApi, type TestApi } from '../../../../testing/test-api.ts'
import { failuresPerMinute } from '../../../access/rate-limit.ts'
import { ProblemDocument } from '../../../problems/problem.ts'

let api: TestApi
let alice: CalendarUser
let consents: ReturnType<typeof openConsents>

beforeAll(async () => {
  api = await openTestApi()
  consents = openConsents(api)
})
afterAll(() => api.close())
beforeEach(async () => {
  consents.forget()
  api.oauth.state.fails = null
  api.clock.now = new Date('2026-05-05T10:00:00Z')
  alice = await openCalendarUser(api, 'alice')
})
afterEach(() => consents.expectNoneLogged())

const calendarsOf = async (user: CalendarUser) => (await user.get('/integrations')).body.data

describe('GET /calendar/oauth/:provider/callback', () => {
  test('connects the calendar and sends the browser back to the app', async () => {
    const url = consents.agree(
      alice,
      await consents.begin(alice, {
        redirectUrl: `${appPage}/calendars?tab=2&code=x#end`,
        rawCalendarId: alice.teamId,
      }),
    )
    const answer = await consents.call(url, html)
    const [calendar] = await calendarsOf(alice)
    expect(calendar).toMatchObject({ externalCalendarId: alice.teamId, status: 'active' })
    expect(answer.statusCode).toBe(302)
    expect(answer.headers.location).toBe(
      `${appPage}/calendars?tab=2&calendar=connected&integrationId=${calendar.id}#end`,
    )
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
  })

  test('says so when Meeting BaaS has not confirmed it yet', async () => {
    const away = new RetryableError('VENDOR_TIMEOUT', { outcomeUnknown: true })
    api.calendarVendor.failNext('createCalendar', away)
    const answer = await consents.call(consents.agree(alice, await consents.begin(alice, { redirectUrl: appPage })))
    const [calendar] = await calendarsOf(alice)
    expect(answer.headers.location).toBe(`${appPage}?calendar=connecting&integrationId=${calendar.id}`)
    api.calendarVendor.failNext('updateCalendar', away)
    api.calendarVendor.failNext('createCalendar', away)
    const bob = await openCalendarUser(api, 'bob')
    const page = await consents.call(consents.agree(bob, await consents.begin(bob)), html)
    expect([page.statusCode, page.body]).toEqual([200, expect.stringContaining('is being connected')])
  })

  test('shows a page when the app named none, on which nothing can run', async () => {
    const account = api.calendarVendor.addAccount({ email: alice.email, refreshToken: `${alice.token}-2` })
    account.calendars.splice(0, 1, {
      id: 'x',
      name: `<img src=x onerror="1"> & 'co'`,
      email: alice.email,
      isPrimary: true,
    })
    const url = consents.keep(api.oauth.consent(await consents.begin(alice), `${alice.token}-2`))
    const page = await consents.call(url, html)
    expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(page.body).toContain('Calendar connected')
    expect(page.body).toContain('&lt;img src=x onerror=&quot;1&quot;&gt; &amp; &#39;co&#39;')
    expect(page.body).not.toMatch(/<script|<img|refresh-token/)
    expect(page.headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'/,
    )
    expect(page.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
  })

  test('tells the app why it failed', async () => {
    alice.account.permitted = false
    const answer = await consents.call(
      consents.agree(alice, await consents.begin(alice, { redirectUrl: appPage })),
      html,
    )
    expect([answer.statusCode, answer.headers.location]).toEqual([
      302,
      `${appPage}?calendar=failed&code=CALENDAR_PERMISSION_DENIED`,
    ])
    const denied = await consents.call(consents.deny(await consents.begin(alice, { redirectUrl: appPage })))
    expect(denied.headers.location).toBe(`${appPage}?calendar=failed&code=OAUTH_DENIED`)
  })

  test('tells a browser why it failed with a page, and a program with a problem', async () => {
    const page = await consents.call(consents.deny(await consents.begin(alice)), html)
    expect([page.statusCode, page.headers['content-type']]).toEqual([400, 'text/html; charset=utf-8'])
    expect(page.body).toContain('OAUTH_DENIED')
    const problem = await consents.call(consents.deny(await consents.begin(alice)))
    expect([problem.statusCode, problem.headers['content-type']]).toEqual([400, 'application/problem+json'])
    expect(ProblemDocument.strict().parse(problem.json()).code).toBe('OAUTH_DENIED')
    expect(problem.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
  })

  test('says that the provider’s server is away, and what to do then', async () => {
    const away = new RetryableError('OAUTH_SERVER_UNAVAILABLE', { detail: 'It does not answer; start again.' })
    const visit = async (order: Record<string, string>, headers?: Record<string, string>) => {
      const url = consents.agree(alice, await consents.begin(alice, order))
      api.oauth.state.fails = away
      const answer = await consents.call(url, headers)
      api.oauth.state.fails = null
      return answer
    }
    const problem = await visit({})
    expect(problem.statusCode).toBe(503)
    expect(problem.json()).toMatchObject({ code: 'OAUTH_SERVER_UNAVAILABLE', detail: away.message })
    const page = await visit({}, html)
    expect([page.statusCode, page.body]).toEqual([503, expect.stringContaining('start again in a moment')])
    const { headers } = await visit({ redirectUrl: appPage }, html)
    expect(headers.location).toBe(`${appPage}?calendar=failed&code=OAUTH_SERVER_UNAVAILABLE`)
    expect(await calendarsOf(alice)).toEqual([])
  })

  test('hides what went wrong on our side, and writes it down', async () => {
    const { integrations } = api.db
    const { findExternal } = integrations
    const url = consents.agree(alice, await consents.begin(alice, { redirectUrl: appPage }))
    integrations.findExternal = () => Promise.reject(new Error('password=hunter2'))
    const answer = await consents.call(url)
    integrations.findExternal = findExternal
    expect(answer.headers.location).toBe(`${appPage}?calendar=failed&code=INTERNAL_ERROR`)
    expect(api.logged.join()).toContain('hunter2')
  })

  test('works once', async () => {
    const url = consents.agree(alice, await consents.begin(alice))
    expect((await consents.call(url)).statusCode).toBe(200)
    const again = await consents.call(url)
    expect([again.statusCode, again.json().code]).toEqual([400, 'OAUTH_STATE_INVALID'])
    expect(await calendarsOf(alice)).toHaveLength(1)
  })

  test('works for ten minutes', async () => {
    const url = consents.agree(alice, await consents.begin(alice))
    api.clock.now = new Date(api.clock.now.getTime() + 600_001)
    expect((await consents.call(url)).json().code).toBe('OAUTH_STATE_INVALID')
  })

  test.each(['', '?', '?code=x', '?state=', '?state=made-up&code=x', '?error=access_denied'])(
    'refuses what was not begun here: %s',
    async (query) => {
      await consents.begin(alice)
      const answer = await consents.call(callbackUrl + query)
      expect([answer.statusCode, answer.json().code]).toEqual([400, 'OAUTH_STATE_INVALID'])
    },
  )

  test('refuses two states, and providers that are none', async () => {
    await consents.begin(alice)
    expect((await consents.call(`${callbackUrl}?state=a&state=b`)).json().code).toBe('VALIDATION_FAILED')
    const unknown = await consents.call(`${calendarUrl}/oauth/outlook/callback?state=a`)
    expect(unknown.json().code).toBe('UNKNOWN_CALENDAR_PROVIDER')
  })

  test('refuses the state of another provider, and another user’s code', async () => {
    const other = consents.agree(alice, await consents.begin(alice)).replace('/google/', '/microsoft/')
    expect((await consents.call(other)).json().code).toBe('OAUTH_STATE_INVALID')
    const bob = await openCalendarUser(api, 'bob')
    const mine = new URL(consents.agree(alice, await consents.begin(alice)), appPage)
    const theirs = new URL(consents.agree(bob, await consents.begin(bob)), appPage)
    mine.searchParams.set('code', theirs.searchParams.get('code') ?? '')
    const answer = await consents.call(`${callbackUrl}${mine.search}`)
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'OAUTH_CODE_REFUSED'])
    expect(await calendarsOf(alice)).toEqual([])
  })

  test('is not done by a HEAD request, as previews of links send it', async () => {
    const url = consents.agree(alice, await consents.begin(alice))
    expect((await api.app.inject({ method: 'HEAD', url })).statusCode).toBe(405)
    expect((await consents.call(url)).statusCode).toBe(200)
  })

  test('does not listen to an address that keeps guessing', async () => {
    const url = consents.agree(alice, await consents.begin(alice))
    const visit = (address: string) => api.app.inject({ method: 'GET', url: address, remoteAddress: '192.0.2.9' })
    for (let i = 0; i < failuresPerMinute; i++) {
      expect((await visit(`${callbackUrl}?state=guess`)).statusCode).toBe(400)
    }
    const refused = await visit(`${callbackUrl}?state=guess`)
    expect([refused.statusCode, refused.json().code]).toEqual([429, 'RATE_LIMITED'])
    expect((await visit(url)).statusCode).toBe(429)
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect((await consents.call(url)).statusCode).toBe(200)
  })
})
