import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type CalendarUser, openCalendarUser } from '../../../../testing/calendar-user.ts'
import { callbackUrl, openBrowser, openConsents, startUrl } from '../../../../testing/consents.ts'
import { openTestApi, type TestApi } from '../../../../testing/test-api.ts'

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

describe('a consent that began in a browser', () => {
  async function beginIn(browser: ReturnType<typeof openBrowser>): Promise<string> {
    const { headers } = await browser.visit(startUrl, alice.key)
    consents.keep(String(headers.location))
    return consents.agree(alice, String(headers.location))
  }

  test('ends in it, and the cookie is gone', async () => {
    const browser = openBrowser(api)
    const url = await beginIn(browser)
    expect(browser.cookies.size).toBe(1)
    const { status, given } = await browser.visit(url)
    expect([status, given.length, browser.cookies.size]).toEqual([200, 1, 0])
    expect(given[0]).toContain(`Max-Age=0; Path=${callbackUrl}; HttpOnly; Secure; SameSite=Lax`)
  })

  test('ends in no other browser, and then in none', async () => {
    const [mine, thiefs] = [openBrowser(api), openBrowser(api)]
    await beginIn(thiefs)
    const url = await beginIn(mine)
    const stolen = await thiefs.visit(url)
    expect([stolen.status, stolen.text]).toEqual([400, expect.stringContaining('OAUTH_STATE_INVALID')])
    expect((await mine.visit(url)).status).toBe(400)
    expect(await calendarsOf(alice)).toEqual([])
  })

  test('does not end with the cookie of another consent under its name', async () => {
    const browser = openBrowser(api)
    const [first, second] = [await beginIn(browser), await beginIn(browser)]
    const [[one, key] = ['', ''], [two, otherKey] = ['', '']] = [...browser.cookies]
    browser.cookies.set(one, otherKey).set(two, key)
    expect((await browser.visit(first)).status).toBe(400)
    expect((await browser.visit(second)).status).toBe(400)
  })

  test('does not disturb another one in the same browser', async () => {
    const browser = openBrowser(api)
    const [first, second] = [await beginIn(browser), await beginIn(browser)]
    expect(browser.cookies.size).toBe(2)
    expect((await browser.visit(second)).status).toBe(200)
    expect((await browser.visit(first)).status).toBe(200)
  })
})
