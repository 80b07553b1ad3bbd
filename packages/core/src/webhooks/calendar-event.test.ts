import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { anIntegration } from '../../testing/calendars/calendar-builders.ts'
import { calendarWorld } from '../../testing/calendars/calendar-world.ts'
import { inboxWorld } from '../../testing/webhooks/inbox-world.ts'
import type { CalendarReading } from '../vendor/webhook-reader.ts'
import { processWebhookEvent } from './process-webhook-event.ts'

/** A connected calendar, and an inbox with one event about a calendar. */
async function setUp(changes: Partial<CalendarReading>) {
  const world = calendarWorld()
  const integration = anIntegration()
  await world.integrations.add(integration)
  const reading: CalendarReading = {
    kind: 'calendar',
    source: 'v2_webhook',
    eventType: 'calendar.event_updated',
    calendarId: integration.calendarId,
    about: 'events',
    eventIds: [],
    businessKey: null,
    ...changes,
  }
  const { deps: ports, inbox, receive } = inboxWorld()
  const webhookEventId = await receive(reading)
  const deps = { ...ports, ...world.deps, inbox }
  return {
    ...world,
    deps,
    integration,
    stored: () => inbox.row(webhookEventId),
    run: () => processWebhookEvent(deps, { webhookEventId }),
  }
}

test('changed events make their calendar be read at once, and are due themselves', async () => {
  const { run, integration, enqueued, stored, load, now } = await setUp({})
  expect(await run()).toEqual({ outcome: 'applied', meetingId: null, integrationId: integration.id })
  expect(enqueued).toEqual([{ name: 'sync-calendar', payload: { integrationId: integration.id } }])
  expect((await load(integration.id)).sync.nextSyncAt).toEqual(now())
  expect(stored()).toMatchObject({ state: 'processed', outcome: 'applied' })
})

test('a changed connection is checked', async () => {
  const { run, integration, enqueued } = await setUp({ eventType: 'calendar.connection_updated', about: 'connection' })
  await run()
  expect(enqueued).toEqual([{ name: 'check-calendar', payload: { integrationId: integration.id } }])
})

test.each([[randomUUID()], [null]])('a calendar that is not ours (%s) is ignored', async (calendarId) => {
  const { run, enqueued, stored } = await setUp({ calendarId })
  expect((await run()).outcome).toBe('ignored')
  expect([enqueued, stored()]).toMatchObject([[], { outcome: 'ignored' }])
})

test('an event that comes while the queue is down is processed, and its calendar is due for the sweep', async () => {
  const { queue, run, stored, integration, load, now } = await setUp({})
  queue.state.isDown = true
  await run()
  expect(stored()).toMatchObject({ state: 'processed', outcome: 'applied' })
  expect((await load(integration.id)).sync.nextSyncAt).toEqual(now())
})
