import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { killedAt, unlessKilled } from '../../testing/basics/killed-at.ts'
import { at, completed, status } from '../../testing/meetings/builders.ts'
import { inboxWorld } from '../../testing/webhooks/inbox-world.ts'
import { RetryableError } from '../basics/errors.ts'
import type { Meeting } from '../meetings/meeting.ts'
import type { UnknownReading } from '../vendor/webhook-reader.ts'
import type { Processed } from './inbox.ts'
import { jobsFor, processWebhookEvents } from './process-webhook-events.ts'

type World = ReturnType<typeof inboxWorld>

const unknown: UnknownReading = {
  kind: 'unknown',
  source: 'v2_webhook',
  eventType: 'bot.dances',
  botId: null,
  meetingId: null,
  businessKey: null,
}
const away = new RetryableError('SERVICE_UNAVAILABLE', { detail: 'The database is away.' })

/** The same dependencies, but the write of one event fails. */
function failingFor(world: World, webhookEventId: string, error: Error): World['deps'] {
  const saveProcessed = async (processed: Processed) => {
    if (processed.webhookEventId === webhookEventId) throw error
    return await world.inbox.saveProcessed(processed)
  }
  return { ...world.deps, inbox: { ...world.inbox, saveProcessed } }
}

const stateOf = async ({ meetings }: World, { id }: Meeting) => (await meetings.find(id))?.state

/** Two meetings, and the ids of the events that their bots join. */
async function twoJoining(world: World) {
  const meetings = [await world.booked(), await world.booked()] as const
  const ids = [
    await world.tell(meetings[0], status('joining_call', at(1))),
    await world.tell(meetings[1], status('joining_call', at(1))),
  ] as const
  return { meetings, ids, states: async () => [await stateOf(world, meetings[0]), await stateOf(world, meetings[1])] }
}

test('events of one job are applied, each to its own meeting, and each is reported', async () => {
  const world = inboxWorld()
  const { meetings, ids, states } = await twoJoining(world)
  const nobodys = await world.receive(unknown)
  const outcomes = await processWebhookEvents(world.deps, { webhookEventIds: [...ids, nobodys] })
  expect(outcomes).toEqual({ [ids[0]]: 'applied', [ids[1]]: 'applied', [nobodys]: 'unknown' })
  expect(await states()).toEqual(['joining', 'joining'])
  const told = new Map(world.processed.map((event) => [event.webhookEventId, event]))
  expect([...ids, nobodys].map((id) => told.get(id))).toEqual([
    { webhookEventId: ids[0], outcome: 'applied', meetingId: meetings[0].id },
    { webhookEventId: ids[1], outcome: 'applied', meetingId: meetings[1].id },
    { webhookEventId: nobodys, outcome: 'unknown', meetingId: null },
  ])
})

test('events of one meeting are decided in the order of their receipt, each on the result of the one before', async () => {
  const world = inboxWorld()
  const meeting = await world.booked()
  const codes = ['joining_call', 'in_waiting_room', 'in_call_not_recording', 'in_call_recording', 'call_ended']
  const ids: string[] = []
  for (const [i, code] of codes.entries()) ids.push(await world.tell(meeting, status(code, at(i + 1)), at(i + 1)))
  const outcomes = await processWebhookEvents(world.deps, { webhookEventIds: ids.toReversed() })
  expect(Object.values(outcomes)).toEqual(Array(5).fill('applied'))
  expect(world.processed.map(({ webhookEventId }) => webhookEventId)).toEqual(ids)
  const types = (await world.meetings.timeline(meeting.id, 1, 10)).map(({ type }) => type)
  expect(types).toEqual([
    'bot_joining',
    'bot_waiting_room',
    'bot_admitted',
    'bot_join_call',
    'recording_started',
    'bot_leave_call',
  ])
})

test('two messages about one fact in one job count once', async () => {
  const world = inboxWorld()
  const meeting = await world.booked()
  const event = { kind: 'bot' as const, source: 'v2_webhook' as const, eventType: 'bot.status_change' }
  const about = { botId: meeting.meetingBaasId as string, meetingId: meeting.id, businessKey: 'one fact' }
  const reading = { ...event, ...about, fact: status('joining_call', at(1)) }
  const ids = [await world.receive(reading), await world.receive(reading)]
  expect(Object.values(await processWebhookEvents(world.deps, { webhookEventIds: ids }))).toEqual([
    'applied',
    'duplicate',
  ])
  expect(await world.meetings.timeline(meeting.id, 1, 10)).toHaveLength(1)
})

test('an event whose meeting somebody else changed meanwhile is decided again, but the others are not', async () => {
  const world = inboxWorld()
  const { meetings, ids, states } = await twoJoining(world)
  let isFirst = true
  const writes: string[] = []
  const saveProcessed = async (processed: Processed) => {
    writes.push(processed.webhookEventId)
    const before = isFirst && (await world.meetings.find(meetings[0].id))
    isFirst = false
    if (before) await world.meetings.saveChange({ before, next: before, entries: [], cause: 'api' })
    return await world.inbox.saveProcessed(processed)
  }
  await processWebhookEvents({ ...world.deps, inbox: { ...world.inbox, saveProcessed } }, { webhookEventIds: ids })
  expect(writes).toEqual([ids[0], ids[1], ids[0]])
  expect(await states()).toEqual(['joining', 'joining'])
})

test('an event that fails for its own reason goes on by itself, and the others are applied', async () => {
  const world = inboxWorld()
  const { ids, states } = await twoJoining(world)
  const broken = failingFor(world, ids[0], new TypeError('x is undefined'))
  const outcomes = await processWebhookEvents(broken, { webhookEventIds: ids })
  expect(outcomes).toEqual({ [ids[0]]: 'handed_over', [ids[1]]: 'applied' })
  expect(world.jobs).toEqual([{ name: 'process-webhook-event', payload: { webhookEventId: ids[0], round: 0 } }])
  expect(await states()).toEqual(['pending', 'joining'])
  expect(world.processed[1]).toMatchObject({ outcome: 'handed_over', error: { message: 'x is undefined' } })
})

test('an event that cannot be loaded goes on by itself, too', async () => {
  const world = inboxWorld()
  const { ids } = await twoJoining(world)
  const load = async (id: string) => {
    if (id === ids[0]) throw new TypeError('a row that nobody understands')
    return await world.inbox.load(id)
  }
  const outcomes = await processWebhookEvents(
    { ...world.deps, inbox: { ...world.inbox, load } },
    { webhookEventIds: ids },
  )
  expect(outcomes).toEqual({ [ids[0]]: 'handed_over', [ids[1]]: 'applied' })
})

test('while the database is down the whole job is tried again, and finished events stay finished', async () => {
  const world = inboxWorld()
  const { ids, states } = await twoJoining(world)
  const broken = failingFor(world, ids[0], away)
  await expect(processWebhookEvents(broken, { webhookEventIds: ids })).rejects.toBe(away)
  expect(world.jobs).toEqual([])
  const again = await processWebhookEvents(world.deps, { webhookEventIds: ids })
  expect(again).toEqual({ [ids[0]]: 'applied', [ids[1]]: 'already_processed' })
  expect(await states()).toEqual(['joining', 'joining'])
})

test('an event that cannot be handed over because the queue is down is not forgotten', async () => {
  const world = inboxWorld()
  const { ids } = await twoJoining(world)
  const broken = failingFor(world, ids[0], new TypeError('x is undefined'))
  const queue = { ...world.queue, enqueueMany: () => Promise.reject(away) }
  await expect(processWebhookEvents({ ...broken, queue }, { webhookEventIds: ids })).rejects.toBe(away)
})

test('the same events in two jobs at once, and twice in one job, have one effect', async () => {
  const world = inboxWorld()
  const { meetings, ids } = await twoJoining(world)
  const webhookEventIds = [...ids, ...ids]
  const run = () => processWebhookEvents(world.deps, { webhookEventIds })
  await Promise.all([run(), run(), run()])
  for (const { id } of meetings) expect(await world.meetings.timeline(id, 1, 10)).toHaveLength(1)
})

const ended = ['bot_leave_call', 'recording_ready', 'transcript_ready', 'bot_completed']

test('a worker that is killed at any step leaves nothing half done, and the next one ends the work', async () => {
  for (const when of ['before', 'after'] as const) {
    for (let n = 1; n <= 14; n++) {
      const world = inboxWorld()
      const { meetings, ids } = await twoJoining(world)
      const end = await world.tell(meetings[0], completed(at(30)), at(31))
      const webhookEventIds = [...ids, end]
      const { inbox, meetings: store, queue } = world.deps
      const dying = { ...world.deps, ...killedAt({ inbox, meetings: store, queue }, n, when) }
      await processWebhookEvents(dying, { webhookEventIds }).catch(unlessKilled)
      await processWebhookEvents(world.deps, { webhookEventIds })
      const types = async ({ id }: Meeting) => (await world.meetings.timeline(id, 1, 10)).map(({ type }) => type)
      expect([n, await types(meetings[1])]).toEqual([n, ['bot_joining']])
      expect([n, await types(meetings[0])]).toEqual([n, ['bot_joining', ...ended]])
      expect(webhookEventIds.map((id) => world.inbox.row(id).state)).toEqual(Array(3).fill('processed'))
    }
  }
})

test('a job holds up to fifty events, in their order', () => {
  const ids = Array.from({ length: 120 }, () => randomUUID())
  const jobs = jobsFor(ids)
  expect(jobs.map(({ webhookEventIds }) => webhookEventIds.length)).toEqual([50, 50, 20])
  expect(jobs.flatMap(({ webhookEventIds }) => webhookEventIds)).toEqual(ids)
  expect(jobsFor([])).toEqual([])
})
