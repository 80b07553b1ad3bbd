import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { anIntegration } from '../../testing/calendars/calendar-builders.ts'
import { calendarWorld } from '../../testing/calendars/calendar-world.ts'
import { at } from '../../testing/meetings/builders.ts'
import { memoryMeetingStore } from '../../testing/meetings/memory-meeting-store.ts'
import { memorySchedulingStore } from '../../testing/planning/memory-scheduling-store.ts'
import { inboxWorld } from '../../testing/webhooks/inbox-world.ts'
import { requeueStuck } from '../jobs/requeue-stuck.ts'
import { urgency } from '../jobs/urgency.ts'
import { scheduleRecordingsSweep } from '../planning/carry-out/schedule-recordings-sweep.ts'
import type { CalendarReading } from '../vendor/webhook-reader.ts'
import { processWebhookEvent } from '../webhooks/process-webhook-event.ts'
import { checkCalendar } from './connection/check-calendar.ts'
import { checkCalendars } from './connection/check-calendars.ts'
import { requestDisconnect } from './connection/disconnect-calendar.ts'
import { dueIntegrations } from './connection/due-integrations.ts'
import { setUpCalendar } from './connection/setup-calendar.ts'
import { type CalendarNews, consequencesOf } from './consequences.ts'
import type { Integration } from './integration.ts'
import { requestSync } from './sync/request-sync.ts'
import { syncCalendar } from './sync/sync-calendar.ts'
import { syncCalendars } from './sync/sync-calendars.ts'

const connected = anIntegration({ id: 'id', userId: 'anna', refreshToken: 'old' })
const connecting = { ...connected, refreshToken: null, pendingRefreshToken: 'new', dueAt: at(7) }
const lost = { ...connected, status: 'revoked' as const }
const disconnecting = { ...connected, status: 'disconnecting' as const, refreshToken: null, dueAt: at(5) }
const failed = { ...connected, status: 'failed' as const, pendingRefreshToken: null, dueAt: null }
const payload = { integrationId: 'id' }
const change = (before: Integration, next: Integration | null): CalendarNews => ({
  kind: 'connection',
  before,
  next,
})

type Row = [string, CalendarNews, { jobs?: object[]; plan?: object }]

const news: Row[] = [
  [
    'a calendar that was just connected is read and checked, because somebody waits for it',
    change(connecting, { ...connecting, refreshToken: 'new', pendingRefreshToken: null, dueAt: null }),
    {
      jobs: [
        { name: 'sync-calendar', payload, urgency: urgency.now },
        { name: 'check-calendar', payload, urgency: urgency.now },
      ],
    },
  ],
  ['another seal of the same token is no news', change(connected, { ...connected, refreshToken: 'resealed' }), {}],
  ['a setup that has failed for good owes nothing', change(connecting, failed), {}],
  [
    'what the vendor tells of a connection that holds is no news',
    change(connected, { ...connected, checkedAt: at(5) }),
    {},
  ],
  ['a connection that holds again is read', change(lost, connected), { jobs: [{ name: 'sync-calendar', payload }] }],
  ['a connection that is lost is not', change(connected, lost), {}],
  [
    'a calendar that its user gives up is taken away at the vendor, and counts no more',
    change(connected, disconnecting),
    { jobs: [{ name: 'disconnect-calendar', payload: { ...payload, round: 0 } }], plan: { users: ['anna'] } },
  ],
  [
    'one that is being connected, too',
    change({ ...connecting, dueAt: at(5) }, disconnecting),
    { jobs: [{ name: 'disconnect-calendar', payload: { ...payload, round: 0 } }], plan: { users: ['anna'] } },
  ],
  ['the row of a calendar that was given up is gone', change(disconnecting, null), { plan: { users: ['anna'] } }],
  ['that of one that never was connected is gone without plans', change(connecting, null), {}],
  [
    'a setup whose answer did not come is tried again in seconds',
    change(connecting, { ...connecting, dueAt: at(5, 5) }),
    { jobs: [{ name: 'connect-calendar', payload: { ...payload, round: 0 }, delayMs: 5_000 }] },
  ],
  ['what is due later is left to the sweep', change(connecting, { ...connecting, dueAt: at(6) }), {}],
  [
    'what was due before has its job already',
    change({ ...connecting, dueAt: at(5) }, { ...connecting, dueAt: at(5, 5) }),
    {},
  ],
  [
    'events that have changed are planned within seconds',
    { kind: 'synced', integration: connected, isChanged: true },
    { plan: { users: ['anna'], urgency: urgency.soon } },
  ],
  ['events that have not are not', { kind: 'synced', integration: connected, isChanged: false }, {}],
  [
    'a calendar that the vendor does not find is checked',
    { kind: 'missing', integrationId: 'id' },
    { jobs: [{ name: 'check-calendar', payload }] },
  ],
  [
    'events that the vendor reports are read',
    { kind: 'reported', integrationId: 'id', about: 'events' },
    { jobs: [{ name: 'sync-calendar', payload }] },
  ],
  [
    'a connection that the vendor reports is checked',
    { kind: 'reported', integrationId: 'id', about: 'connection' },
    { jobs: [{ name: 'check-calendar', payload }] },
  ],
  [
    'a calendar that somebody waits for is read before others',
    { kind: 'asked_for', integrationId: 'id' },
    { jobs: [{ name: 'sync-calendar', payload, urgency: urgency.now }] },
  ],
]

describe('what follows', () => {
  test.each(news)('%s', (_, each, { jobs = [], plan = { users: [] } }) => {
    expect(consequencesOf(each, at(5))).toEqual({ jobs, plan })
  })
})

const context = { signal: new AbortController().signal, progress: () => {} }

/** A user with a calendar at the vendor, and a queue that goes down and comes back. */
async function setUp() {
  const world = calendarWorld()
  const { deps, queue, vendor, integrations } = world
  const userId = randomUUID()
  vendor.addAccount({ email: 'ines@acme.test', refreshToken: 'token' })
  const connect = () => setUpCalendar(deps, { userId, provider: 'google', refreshToken: 'token' })
  const { integration } = await connect()
  const integrationId = integration.id
  await syncCalendar(deps, { integrationId }, context)
  await checkCalendar(deps, { integrationId })
  queue.jobs.length = 0
  world.pass(60)
  async function connectAnother(): Promise<void> {
    vendor.addAccount({ email: 'ines@home.test', refreshToken: 'other' })
    await setUpCalendar(deps, { userId, provider: 'google', refreshToken: 'other' })
    queue.jobs.length = 0
  }
  const meetings = memoryMeetingStore()
  const scheduling = memorySchedulingStore({ ...world.stores, meetings })

  /** The jobs that the queue has lost, and the jobs that a round of sweeps starts when it is back. */
  async function whileAway(act: () => Promise<unknown>) {
    queue.state.isDown = true
    await act()
    queue.state.isDown = false
    const lost = queue.leftToSweep.splice(0).map(({ name }) => name)
    expect(queue.jobs).toEqual([])
    world.pass(10 * 60)
    await requeueStuck({ ...deps, sources: { calendars: dueIntegrations(integrations) } })
    await syncCalendars(deps, context)
    await checkCalendars(deps, context)
    await scheduleRecordingsSweep({ ...deps, scheduling, meetings }, context)
    const found = queue.jobs.map(({ name }) => name)
    return { lost: lost.sort(), notFound: lost.filter((name) => !found.includes(name)) }
  }

  async function report(about: CalendarReading['about']) {
    const reading = { kind: 'calendar' as const, source: 'v2_webhook' as const, eventType: 'calendar.updated', about }
    const { calendarId } = await world.load(integrationId)
    const { deps: ports, inbox, receive } = inboxWorld()
    const webhookEventId = await receive({ ...reading, calendarId, eventIds: [], businessKey: null })
    expect(await processWebhookEvent({ ...ports, ...deps, inbox }, { webhookEventId })).toMatchObject({
      outcome: 'applied',
    })
  }

  const theirs = () => vendor.calendars[0] as (typeof vendor.calendars)[0]
  return { ...world, userId, integrationId, connect, connectAnother, whileAway, report, theirs }
}

describe('when the queue is down, the sweeps find', () => {
  test('the sync and the check of a calendar that was connected anew', async () => {
    const { whileAway, connect } = await setUp()
    expect(await whileAway(connect)).toEqual({ lost: ['check-calendar', 'sync-calendar'], notFound: [] })
  })

  test('the sync of a connection that works again', async () => {
    const { whileAway, deps, integrationId, theirs } = await setUp()
    theirs().status = 'revoked'
    await checkCalendar(deps, { integrationId })
    theirs().status = 'active'
    const found = await whileAway(() => checkCalendar(deps, { integrationId }))
    expect(found).toEqual({ lost: ['sync-calendar'], notFound: [] })
  })

  test('the sync of events that the vendor has reported', async () => {
    const { whileAway, report } = await setUp()
    expect(await whileAway(() => report('events'))).toEqual({ lost: ['sync-calendar'], notFound: [] })
  })

  test('the check of a connection that the vendor has reported', async () => {
    const { whileAway, report, theirs } = await setUp()
    theirs().status = 'permission_denied'
    expect(await whileAway(() => report('connection'))).toEqual({ lost: ['check-calendar'], notFound: [] })
  })

  test('the check of a calendar that the vendor no longer has', async () => {
    const { whileAway, deps, integrationId, vendor, theirs } = await setUp()
    vendor.forget(theirs().calendarId)
    const found = await whileAway(() => syncCalendar(deps, { integrationId }, context))
    expect(found).toEqual({ lost: ['check-calendar'], notFound: [] })
  })

  test('the sync that a user waits for', async () => {
    const { whileAway, deps, userId } = await setUp()
    const found = await whileAway(() => requestSync(deps, { userId, waitMs: 0 }))
    expect(found).toEqual({ lost: ['sync-calendar'], notFound: [] })
  })

  test('the plan for events that have changed', async () => {
    const { whileAway, deps, integrationId, vendor, theirs } = await setUp()
    vendor.putEvent(theirs().calendarId)
    const found = await whileAway(() => syncCalendar(deps, { integrationId }, context))
    expect(found).toEqual({ lost: ['schedule-recordings'], notFound: [] })
  })

  test('the disconnect of a calendar that its user gave up, and the plan of the user', async () => {
    const { whileAway, deps, integrationId, connectAnother } = await setUp()
    await connectAnother()
    const found = await whileAway(() => requestDisconnect(deps, { integrationId }))
    expect(found).toEqual({ lost: ['disconnect-calendar', 'schedule-recordings'], notFound: [] })
  })
})
