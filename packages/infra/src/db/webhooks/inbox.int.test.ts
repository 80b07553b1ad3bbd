import { randomUUID } from 'node:crypto'
import type { Meeting } from '@seer/core/meetings/meeting'
import { fakeQueue } from '@seer/core/testing/jobs/fake-queue'
import { aMeeting, at } from '@seer/core/testing/meetings/builders'
import type { NewInboxEvent } from '@seer/core/webhooks/inbox'
import { processDueWebhookEvents } from '@seer/core/webhooks/process-due-webhook-events'
import { type ProcessedWebhookEvent, processWebhookEvents } from '@seer/core/webhooks/process-webhook-events'
import { replayWebhookEvents } from '@seer/core/webhooks/replay-webhook-events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../testing/services.ts'
import { newId } from '../../ids.ts'
import { openWebhookReader } from '../../vendor/webhooks/open-webhook-reader.ts'
import { type Database, openDb } from '../open-db.ts'

let database: TestDatabase
let db: Database
let userId: string
const reader = openWebhookReader({ signingSecrets: [], callbackSecrets: [], apiKey: 'test', verification: 'off' })

beforeAll(async () => {
  database = await createTestDatabase()
  db = openDb({ databaseUrl: database.databaseUrl, poolSize: 20, writesPerSecond: 5, onError: () => {} })
  userId = newId()
  await db.pool.query(`INSERT INTO users (id, name) VALUES ($1, 'alice')`, [userId])
})
afterAll(async () => {
  await db.close()
  await database.drop()
})

async function claimed(changes: Partial<Meeting> = {}): Promise<Meeting> {
  const meeting = aMeeting({ userId, joinKey: `meet:${randomUUID()}`, ...changes })
  const requested = { type: 'bot_requested' as const, occurredAt: at(0), data: { joinAt: null }, cause: 'api' as const }
  const claim = await db.meetings.claim(meeting, requested, 'nobody')
  if (claim.outcome !== 'created') throw new Error(claim.outcome)
  return claim.meeting
}

type Message = { botId: string; meetingId?: string | undefined; code?: string; minute?: number; messageId?: string }

/** A v2 status webhook as the inbox stores it. */
function event({
  botId,
  meetingId,
  code = 'joining_call',
  minute = 1,
  messageId = randomUUID(),
}: Message): NewInboxEvent {
  const data = { bot_id: botId, event_id: null, status: { code, created_at: at(minute).toISOString() } }
  const extra = meetingId ? { seer_meeting_id: meetingId } : null
  const body = JSON.stringify({ event: 'bot.status_change', data, extra })
  return {
    id: newId(),
    source: 'v2_webhook',
    messageId,
    dedupeKey: `v2_webhook:${messageId}`,
    businessKey: `bot.status_change:${botId}:${code}:${minute}`,
    eventType: 'bot.status_change',
    vendorBotId: botId,
    meetingId: meetingId ?? null,
    body,
    receivedAt: at(minute),
    dueAt: at(minute + 1),
  }
}

/** Events that went on in their own jobs. */
const queue = fakeQueue()
const handedOver = () => queue.jobs.filter(({ name }) => name === 'process-webhook-event')

function processing() {
  return {
    inbox: db.inbox,
    meetings: db.meetings,
    integrations: db.integrations,
    transcripts: db.transcripts,
    queue,
    newId,
    reader,
    now: () => at(50),
    onProcessed: (_event: ProcessedWebhookEvent) => {},
  }
}

async function processAll(webhookEventIds: string[]): Promise<(string | undefined)[]> {
  const outcomes = await processWebhookEvents(processing(), { webhookEventIds })
  return webhookEventIds.map((id) => outcomes[id])
}

const process = async (webhookEventId: string) => (await processAll([webhookEventId]))[0]

async function stored(message: Message): Promise<string> {
  const item = event(message)
  expect(await db.inbox.store(item)).toBe('stored')
  return item.id
}

describe('store', () => {
  test('two hundred events at once are all stored, each with its own outcome', async () => {
    const events = Array.from({ length: 200 }, () => event({ botId: randomUUID() }))
    const twins = events.slice(0, 50).map((twin) => ({ ...twin, id: newId() }))
    const outcomes = await Promise.all([...events, ...twins].map((item) => db.inbox.store(item)))
    expect(outcomes.slice(0, 200)).toEqual(Array(200).fill('stored'))
    expect(outcomes.slice(200)).toEqual(Array(50).fill('duplicate'))
  })

  test('an event that the database refuses does not affect the others', async () => {
    const bad = { ...event({ botId: randomUUID() }), body: 'null \u0000 byte' }
    const good = Array.from({ length: 5 }, () => event({ botId: randomUUID() }))
    const results = await Promise.allSettled([...good, bad].map((item) => db.inbox.store(item)))
    expect(results.map(({ status }) => status)).toEqual([...Array(5).fill('fulfilled'), 'rejected'])
  })

  test('a database that cannot be reached is an error that asks to try again', async () => {
    const options = { poolSize: 2, writesPerSecond: 5, onError: () => {} }
    const down = openDb({ databaseUrl: 'postgres://postgres@127.0.0.1:1/seer', ...options })
    await expect(down.inbox.store(event({ botId: randomUUID() }))).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    })
    await down.close()
  })
})

describe('processing', () => {
  test('one event processed by many at once changes its meeting once', async () => {
    const meeting = await claimed()
    const id = await stored({ botId: randomUUID(), meetingId: meeting.id })
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => process(id)))
    expect(outcomes.filter((outcome) => outcome === 'applied')).toHaveLength(1)
    expect(await db.meetings.timeline(meeting.id, 1, 10)).toMatchObject([
      { seq: 2, type: 'bot_joining', cause: 'webhook' },
    ])
  })

  test('an event that comes before the create call answered completes the claim', async () => {
    const meeting = await claimed({ createAttempts: 1, leaseUntil: at(5) })
    const botId = randomUUID()
    expect(await process(await stored({ botId, meetingId: meeting.id }))).toBe('applied')
    expect(await db.meetings.find(meeting.id)).toMatchObject({
      meetingBaasId: botId,
      state: 'joining',
      leaseUntil: null,
    })
  })

  test('an event without our id finds its meeting by the vendor’s', async () => {
    const botId = randomUUID()
    const meeting = await claimed({ meetingBaasId: botId, state: 'queued' })
    expect(await process(await stored({ botId }))).toBe('applied')
    expect((await db.meetings.find(meeting.id))?.state).toBe('joining')
  })

  test('a resend under a new message id is a duplicate', async () => {
    const meeting = await claimed()
    const botId = randomUUID()
    const first = await stored({ botId, meetingId: meeting.id })
    const resend = await stored({ botId, meetingId: meeting.id })
    const outcomes = await Promise.all([process(first), process(resend)])
    expect(outcomes.sort()).toEqual(['applied', 'duplicate'])
  })

  test('an end that is sent again with the missing video is not a duplicate', async () => {
    const meeting = await claimed()
    const botId = randomUUID()
    const end = (video: string | null): NewInboxEvent => ({
      ...event({ botId, meetingId: meeting.id }),
      eventType: 'bot.completed',
      businessKey: `bot.completed:${botId}`,
      body: JSON.stringify({ event: 'bot.completed', data: { bot_id: botId, sent_at: at(9).toISOString(), video } }),
    })
    const outcomes: (string | undefined)[] = []
    for (const told of [end(null), end('https://files.example.test/video.mp4'), end(null)]) {
      await db.inbox.store(told)
      outcomes.push(await process(told.id))
    }
    expect(outcomes).toEqual(['applied', 'applied', 'duplicate'])
    const types = (await db.meetings.timeline(meeting.id, 1, 10)).map(({ type }) => type)
    expect(types).toEqual(['bot_leave_call', 'bot_completed', 'recording_ready'])
    expect((await db.meetings.find(meeting.id))?.artifacts?.video).toContain('video.mp4')
  })

  test('the transcript inside of a webhook of v1 is stored once, however often and by however many it is applied', async () => {
    const botId = randomUUID()
    const meeting = await claimed({ meetingBaasId: botId, state: 'recording' })
    const words = [
      { word: 'Good', start: 1, end: 2 },
      { word: 'morning', start: 2, end: 3 },
    ]
    const transcript = [{ speaker: 'Ines', start_time: 1, end_time: 3, words }]
    const send = async (signature: number, minute: number) => {
      const mp4 = `https://files.example.test/output.mp4?signature=${signature}`
      const body = JSON.stringify({ event: 'complete', data: { bot_id: botId, transcript, speakers: ['Ines'], mp4 } })
      const item = { ...event({ botId, minute }), source: 'v1_webhook', businessKey: null, eventType: 'complete', body }
      await db.inbox.store(item)
      return item.id
    }
    const first = await send(1, 10)
    await Promise.all(Array.from({ length: 4 }, () => process(first)))
    await process(await send(2, 11))
    const [version, ...more] = await db.transcripts.list(meeting.id)
    expect(more).toEqual([])
    expect(version).toMatchObject({
      source: 'vendor',
      state: 'complete',
      isCurrent: true,
      words: 2,
      speakers: ['Ines'],
    })
    const [line] = await db.transcripts.utterances(version?.id as string, 0, 9)
    expect(line).toMatchObject({ text: 'Good morning', startMs: 1_000, endMs: 3_000 })
  })

  test('many events of one meeting at once: gap-free log, newest state', async () => {
    const meeting = await claimed()
    const botId = randomUUID()
    const codes = ['joining_call', 'in_waiting_room', 'in_call_not_recording', 'in_call_recording', 'call_ended']
    const ids = await Promise.all(codes.map((code, i) => stored({ botId, meetingId: meeting.id, code, minute: i + 1 })))
    await Promise.all(ids.reverse().map(process))
    const after = await db.meetings.find(meeting.id)
    expect(after).toMatchObject({ state: 'processing', vendorStatus: 'call_ended', run: 1 })
    const seqs = (await db.meetings.timeline(meeting.id, 0, 50)).map(({ seq }) => seq)
    expect(seqs).toEqual(Array.from({ length: after?.lastSeq ?? 0 }, (_, i) => i + 1))
  })

  test('the same events in two jobs at once, and in another order, change each meeting once', async () => {
    const meetings = await Promise.all(Array.from({ length: 20 }, () => claimed()))
    const ids = await Promise.all(meetings.map(({ id }) => stored({ botId: randomUUID(), meetingId: id })))
    const runs = await Promise.all([processAll(ids), processAll(ids.toReversed()), processAll(ids)])
    expect(runs.flat().filter((outcome) => outcome === 'applied')).toHaveLength(20)
    for (const { id } of meetings) expect(await db.meetings.timeline(id, 1, 10)).toHaveLength(1)
  })

  test('events of one meeting in one job are applied one after the other, in the order of their receipt', async () => {
    const meeting = await claimed()
    const botId = randomUUID()
    const codes = ['joining_call', 'in_waiting_room', 'in_call_not_recording', 'in_call_recording', 'call_ended']
    const ids = await Promise.all(codes.map((code, i) => stored({ botId, meetingId: meeting.id, code, minute: i + 1 })))
    expect(await processAll(ids.toReversed())).toEqual(Array(5).fill('applied'))
    const { rows } = await db.pool.query(
      'SELECT webhook_event_id AS id FROM log WHERE subject_id = $1 AND seq > 1 GROUP BY 1 ORDER BY min(seq)',
      [meeting.id],
    )
    expect(rows.map(({ id }) => id)).toEqual(ids)
  })

  test('an event that the database refuses goes on by itself, and the others of its job are applied', async () => {
    await db.pool.query(
      `ALTER TABLE meetings ADD CONSTRAINT refused CHECK (bot_name <> 'bad' OR vendor_status IS NULL)`,
    )
    const [bad, good] = [await claimed({ botName: 'bad' }), await claimed()]
    const badId = await stored({ botId: randomUUID(), meetingId: bad.id })
    const goodId = await stored({ botId: randomUUID(), meetingId: good.id })
    expect(await processAll([badId, goodId])).toEqual(['handed_over', 'applied'])
    expect(handedOver().map(({ payload }) => payload)).toEqual([{ webhookEventId: badId, round: 0 }])
    expect((await db.inbox.load(badId))?.event.state).toBe('received')
  })

  test('while the database cannot be reached nothing is handed over, and the job is tried again', async () => {
    const id = await stored({ botId: randomUUID() })
    const options = { poolSize: 2, writesPerSecond: 5, onError: () => {} }
    const down = openDb({ databaseUrl: 'postgres://postgres@127.0.0.1:1/seer', ...options })
    const deps = { ...processing(), inbox: down.inbox }
    const before = handedOver().length
    const away = { code: 'SERVICE_UNAVAILABLE' }
    await expect(processWebhookEvents(deps, { webhookEventIds: [id] })).rejects.toMatchObject(away)
    expect(handedOver()).toHaveLength(before)
    await down.close()
  })

  test('an event about an unknown bot is ignored', async () => {
    expect(await process(await stored({ botId: randomUUID() }))).toBe('ignored')
    expect(await process(await stored({ botId: randomUUID(), meetingId: randomUUID() }))).toBe('ignored')
  })

  test('a bot that turns up for a meeting that was given up is told to leave', async () => {
    const meeting = await claimed({ state: 'failed', finalAt: at(2), errorCode: 'VENDOR_TIMEOUT' })
    const botId = randomUUID()
    expect(await process(await stored({ botId, meetingId: meeting.id, minute: 3 }))).toBe('late')
    const after = await db.meetings.find(meeting.id)
    expect(after).toMatchObject({ state: 'failed', meetingBaasId: botId, leaveRequestedAt: at(50), dueAt: at(50, 5) })
  })
})

describe('replay', () => {
  const replay = (filter: Parameters<typeof replayWebhookEvents>[1]) =>
    replayWebhookEvents({ inbox: db.inboxAdmin, queue: fakeQueue(), now: () => at(50) }, filter)

  test('an event that was applied has no second effect, however often it is replayed', async () => {
    const meeting = await claimed()
    const id = await stored({ botId: randomUUID(), meetingId: meeting.id })
    await process(id)
    for (let i = 0; i < 3; i++) {
      expect(await replay({ id })).toBe(1)
      expect(await process(id)).toBe('applied')
    }
    expect(await db.meetings.timeline(meeting.id, 0, 10)).toHaveLength(2)
    expect(await db.inboxAdmin.show(id)).toMatchObject({ state: 'processed', outcome: 'applied', attempts: 4 })
  })

  test('an unknown status is logged once, however often it is sent or replayed', async () => {
    const meeting = await claimed()
    const botId = randomUUID()
    const id = await stored({ botId, meetingId: meeting.id, code: 'dancing' })
    expect(await process(id)).toBe('unknown')
    await replay({ id })
    expect(await process(id)).toBe('unknown')
    expect(await process(await stored({ botId, meetingId: meeting.id, code: 'dancing' }))).toBe('duplicate')
    expect(await db.meetings.timeline(meeting.id, 1, 10)).toHaveLength(1)
  })

  test('a dead letter has its effect once it is replayed', async () => {
    const meeting = await claimed()
    const id = await stored({ botId: randomUUID(), meetingId: meeting.id })
    await db.inbox.saveFailed(id, 'INTERNAL_ERROR: broken')
    expect(await db.inboxAdmin.list({ state: 'failed' }, null, 10)).toMatchObject([
      { id, error: 'INTERNAL_ERROR: broken' },
    ])
    expect(await replay({ state: 'failed', since: new Date(Date.now() - 1_000) })).toBe(0)
    expect(await replay({ state: 'failed', since: at(0) })).toBe(1)
    expect(await process(id)).toBe('applied')
  })

  test('lists newest first, in pages', async () => {
    const ids: string[] = []
    for (let i = 0; i < 3; i++) ids.push(await stored({ botId: randomUUID(), code: 'listed' }))
    // Ids of the same millisecond are in no order.
    ids.sort().reverse()
    const first = await db.inboxAdmin.list({}, null, 2)
    const second = await db.inboxAdmin.list({}, first[1]?.id ?? null, 1)
    expect([...first, ...second].map(({ id }) => id)).toEqual(ids)
  })
})

describe('sweeping and retention', () => {
  test('events whose jobs were lost are applied once they are due, each by one worker', async () => {
    await db.pool.query('UPDATE webhook_events SET due_at = NULL')
    const ids = await Promise.all(Array.from({ length: 120 }, () => stored({ botId: randomUUID() })))
    const told: string[] = []
    const onProcessed = ({ webhookEventId }: ProcessedWebhookEvent) => void told.push(webhookEventId)
    const deps = { ...processing(), onProcessed }
    const { signal } = new AbortController()
    const results = await Promise.all([1, 2].map(() => processDueWebhookEvents(deps, { signal })))
    expect(results.reduce((sum, { webhookEvents }) => sum + webhookEvents, 0)).toBe(120)
    expect(told.sort()).toEqual(ids.sort())
    expect(await db.inbox.countDue(at(1_000), 10)).toBe(0)
  })

  test('a dead letter is kept and not claimed any more', async () => {
    const id = await stored({ botId: randomUUID() })
    await db.inbox.saveFailed(id, 'INTERNAL_ERROR: broken')
    expect(await db.inbox.claimDue(at(20), at(30), 10)).toEqual([])
    expect((await db.inbox.load(id))?.event).toMatchObject({ state: 'failed', body: expect.any(String) })
  })

  test('bodies of processed events are removed in batches, and the others stay', async () => {
    await db.pool.query('DELETE FROM webhook_events')
    const ids = await Promise.all([1, 2, 3].map(() => stored({ botId: randomUUID() })))
    const waiting = await stored({ botId: randomUUID() })
    for (const id of ids) await process(id)
    expect(await db.inbox.removeBodies(at(50), 2)).toBe(0)
    expect(await db.inbox.removeBodies(at(51), 2)).toBe(2)
    expect(await db.inbox.removeBodies(at(51), 2)).toBe(1)
    expect((await db.inbox.load(waiting))?.event.body).not.toBeNull()
    expect(await process(ids[0] as string)).toBe('already_processed')
  })
})
