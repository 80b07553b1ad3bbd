import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { anIntegration } from '../testing/calendar-builders.ts'
import { calendarWorld } from '../testing/calendar-world.ts'
import type { Inbox, Processed } from './inbox.ts'
import { processWebhookEvent } from './process-webhook-event.ts'
import type { CalendarReading } from './webhook-reader.ts'

/** A connected calendar, and an inbox with one event about a calendar. */
async function setUp(changes: Partial<CalendarReading>) {
  const world = calendarWorld()
  const integration = anIntegration()
  await world.calendars.add(integration)
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
  const processed: Processed[] = []
  const event = { state: 'received', body: '{}', source: 'v2_webhook' }
  const inbox = {
    load: async () => ({ event, meeting: null, factAlreadyApplied: false }),
    saveProcessed: async (end: Processed) => {
      processed.push(end)
      return true
    },
  } as unknown as Pick<Inbox, 'load' | 'saveProcessed'>
  const meetings = { subscribers: async () => [] }
  const deps = { ...world.deps, inbox, meetings, reader: { reread: () => reading } }
  return {
    ...world,
    deps,
    integration,
    processed,
    run: () => processWebhookEvent(deps, { webhookEventId: randomUUID() }),
  }
}

test('changed events have their calendar read at once, and are due themselves', async () => {
  const { run, integration, enqueued, processed, load, now } = await setUp({})
  expect(await run()).toEqual({ outcome: 'applied', meetingId: null, integrationId: integration.id })
  expect(enqueued).toEqual([{ name: 'sync-calendar', payload: { integrationId: integration.id } }])
  expect((await load(integration.id)).sync.nextSyncAt).toEqual(now())
  expect(processed).toMatchObject([{ outcome: 'applied', change: null }])
})

test('a changed connection is looked at', async () => {
  const { run, integration, enqueued } = await setUp({ eventType: 'calendar.connection_updated', about: 'connection' })
  await run()
  expect(enqueued).toEqual([{ name: 'check-calendar', payload: { integrationId: integration.id } }])
})

test.each([[randomUUID()], [null]])('a calendar that is not ours (%s) is ignored', async (calendarId) => {
  const { run, enqueued, processed } = await setUp({ calendarId })
  expect((await run()).outcome).toBe('ignored')
  expect([enqueued, processed]).toMatchObject([[], [{ outcome: 'ignored' }]])
})

test('an event whose job could not be enqueued is not processed', async () => {
  const { deps, run, processed } = await setUp({})
  deps.queue.enqueue = () => Promise.reject(new Error('down'))
  await expect(run()).rejects.toThrow('down')
  expect(processed).toEqual([])
})
