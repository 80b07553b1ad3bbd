import { syncCalendar } from '@seer/core/calendars/sync/sync-calendar'
import { expect } from 'vitest'
import type { Integration } from '../src/routes/calendars/integration-schema.ts'
import { calendarUrl, clientOf, type TestApi } from './test-api.ts'

let users = 0

/** A user with a key, and an account whose consent is `token`: a primary calendar and one named Team. */
export async function openCalendarUser(api: TestApi, name = 'user') {
  const number = users++
  const token = `1//refresh-token-of-${name}-${number}`
  const email = `${name}-${number}@acme.test`
  const account = api.calendarVendor.addAccount({ email, refreshToken: token })
  const teamId = `team-${number}@group.calendar.test`
  account.calendars.push({ id: teamId, name: 'Team', email, isPrimary: false })
  const key = await api.makeKey(`${name}-${number}`)
  const client = clientOf(api.app, key)
  const order = { provider: 'google', refreshToken: token }

  return {
    key,
    client,
    token,
    email,
    teamId,
    account,
    order,
    setUp: (more: object = {}, headers = {}) => client('POST', `${calendarUrl}/setup`, { ...order, ...more }, headers),
    /** Connects a calendar; @returns it as the API shows it. */
    connect: async (more: object = {}): Promise<Integration & { calendarId: string }> =>
      (await client('POST', `${calendarUrl}/setup`, { ...order, ...more })).body.data,
    get: async (path: string) => await client('GET', `${calendarUrl}${path}`),
  }
}

export type CalendarUser = Awaited<ReturnType<typeof openCalendarUser>>

/** What the worker does with a sync job. */
export async function syncNow({ deps }: TestApi, integrationId: string): Promise<void> {
  const { db, queue, now, options } = deps
  const { calendars: vendor } = deps.vendor
  const core = { integrations: db.integrations, events: db.calendarEvents, vendor, queue, now, ...options }
  const context = { signal: new AbortController().signal, progress: () => {} }
  await syncCalendar(core, { integrationId }, context)
}

/** Whatever a test did: no token of a user is in the log, in a job, in a stored answer, or readable in any row. */
export async function expectNoToken(api: TestApi): Promise<void> {
  const { rows } = await api.db.pool.query(
    `SELECT row_to_json(i)::text AS text FROM calendar_integrations i UNION ALL
     SELECT row_to_json(k)::text FROM idempotency_keys k UNION ALL
     SELECT row_to_json(l)::text FROM log l`,
  )
  const places = [...api.logged, JSON.stringify(api.queue.jobs), ...rows.map(({ text }) => text)]
  expect(api.logged.length).toBeGreaterThan(0)
  expect(places.filter((text) => text.includes('refresh-token-of'))).toEqual([])
}
