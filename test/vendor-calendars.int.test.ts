import {
  type CalendarWorld,
  vendorCalendarsContract,
  type WorldAccount,
} from '@seer/core/testing/vendor/vendor-calendars-contract'
import { openVendorCalendars } from '@seer/infra/vendor/v2/open-vendor-calendars'
import { afterAll, describe, expect } from 'vitest'
import { buildSandbox } from '../apps/sandbox/src/sandbox.ts'

const apiKey = 'sandbox-key'
const client = { clientId: 'id', clientSecret: 'secret' }
const opened: { close(): Promise<void> }[] = []
afterAll(async () => {
  for (const each of opened.reverse()) await each.close()
})

/** An event as the sandbox's control API shows it. */
type Source = { sourceId: string; title: string }

async function openWorld(): Promise<CalendarWorld> {
  const sandbox = await buildSandbox({ speed: 0, rateLimit: 0, apiKey })
  const vendor = openVendorCalendars({
    apiKey,
    baseUrl: sandbox.url,
    oauthClients: { google: client, microsoft: { ...client, tenantId: 'common' } },
  })
  opened.push(sandbox, vendor)
  let accounts = 0

  async function control(path: string, body: object, method = 'POST') {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${sandbox.url}/sandbox/${path}`, { method, headers, body: JSON.stringify(body) })
    const text = await answer.text()
    expect(answer.status, text).toBeLessThan(300)
    return JSON.parse(text)
  }

  /** Notifications to the vendor, and its work on them, take a little of the sandbox's time. */
  const settle = () => sandbox.advance(120)

  await control('calendars/settings', { limit: 0 })
  return {
    vendor,
    now: () => new Date(sandbox.now()),
    async addAccount(name) {
      const email = `maren.${++accounts}@northwind.test`
      const token = `token-${accounts}`
      const calendars = [
        { name: 'Maren', isPrimary: true },
        { name: 'Team', isPrimary: false },
      ]
      const account = await control('accounts', { platform: name, email, tokens: [token], calendars })
      const grant = { provider: name, refreshToken: token }
      return {
        grant,
        email,
        calendarIds: account.calendars.map(({ rawCalendarId }: { rawCalendarId: string }) => rawCalendarId),
      }
    },
    async revoke({ grant }: WorldAccount) {
      await control('tokens', { platform: grant.provider, token: grant.refreshToken, auth: 'revoked' })
    },
    async addEvents(_, externalId, events) {
      for (const { title, startTime, endTime, meetingUrl, attendeeEmails } of events) {
        const attendees = attendeeEmails.map((email) => ({ email }))
        const event = { title, start: startTime, end: endTime, meetingUrl, attendees }
        await control(`calendars/${encodeURIComponent(externalId)}/events`, event)
      }
      await settle()
    },
    async cancelEvent(_, externalId, title) {
      const path = `calendars/${encodeURIComponent(externalId)}/events`
      const { events } = (await (await fetch(`${sandbox.url}/sandbox/${path}`)).json()) as { events: Source[] }
      const id = events.find((event) => event.title === title)?.sourceId
      await control(`${path}/${id}/cancel`, {})
      await settle()
    },
  }
}

describe('Calendars of Meeting BaaS v2, as the sandbox plays them', () => {
  vendorCalendarsContract(openWorld)
})
