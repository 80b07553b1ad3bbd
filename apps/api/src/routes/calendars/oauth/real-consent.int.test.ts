import type { CalendarGrant } from '@seer/core/vendor/vendor-calendars'
import { clientFor, credentials } from '@seer/infra/testing/oauth/oauth-flow'
import { openOauthServer } from '@seer/infra/testing/oauth/oauth-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CalendarUser, openCalendarUser } from '../../../../testing/calendar-user.ts'
import { appPage, callbackUrl, openConsents } from '../../../../testing/consents.ts'
import { openTestApi, type TestApi } from '../../../../testing/test-api.ts'

let server: Awaited<ReturnType<typeof openOauthServer>>
let api: TestApi
let consents: ReturnType<typeof openConsents>
const tokens: string[] = []

beforeAll(async () => {
  server = await openOauthServer({ ...credentials, redirectUris: [`https://seer.example${callbackUrl}`] })
  api = await openTestApi({ oauth: clientFor(server.issuer) })
  consents = openConsents(api)
  letTokensIn(api)
})
afterAll(async () => {
  await api.close()
  await server.close()
})

/** The tokens that the OAuth server makes open an account at the calendar provider. */
function letTokensIn({ calendarVendor }: TestApi): void {
  const { listRawCalendars } = calendarVendor
  calendarVendor.listRawCalendars = async (grant: CalendarGrant) => {
    tokens.push(grant.refreshToken)
    calendarVendor.addAccount({ email: `account-${tokens.length}@acme.test`, refreshToken: grant.refreshToken })
    return await listRawCalendars(grant)
  }
}

/** @returns what the server sends the browser back with */
async function agree(user: CalendarUser): Promise<URLSearchParams> {
  const url = await server.consent(await consents.begin(user, { redirectUrl: appPage }))
  return new URL(consents.keep(url)).searchParams
}

async function finish(query: URLSearchParams): Promise<string> {
  return String((await consents.call(`${callbackUrl}?${query}`)).headers.location)
}

test('a real OAuth server gives a token for the code of the user who began, and for nobody else’s', async () => {
  const [erin, finn] = [await openCalendarUser(api, 'erin'), await openCalendarUser(api, 'finn')]
  const [stolen, other] = [await agree(erin), await agree(finn)]
  stolen.set('code', other.get('code') ?? '')
  expect(await finish(stolen)).toBe(`${appPage}?calendar=failed&code=OAUTH_CODE_REFUSED`)
  expect(tokens).toEqual([])
  expect(await finish(await agree(erin))).toContain(`${appPage}?calendar=connected&integrationId=`)
  expect(tokens).toEqual([expect.stringMatching(/^[\w-]{20,}$/)])
  const { body } = await erin.get('/integrations')
  expect(body.data).toMatchObject([{ status: 'active', accountEmail: 'account-1@acme.test' }])
  expect((await finn.get('/integrations')).body.data).toEqual([])
  consents.expectNoneLogged()
  expect(api.logged.join()).not.toContain(tokens[0])
})

test('a real OAuth server says that the user did not agree', async () => {
  const gina = await openCalendarUser(api, 'gina')
  const url = await server.deny(await consents.begin(gina, { redirectUrl: appPage }))
  const { searchParams } = new URL(consents.keep(url))
  expect(await finish(searchParams)).toBe(`${appPage}?calendar=failed&code=OAUTH_DENIED`)
})
