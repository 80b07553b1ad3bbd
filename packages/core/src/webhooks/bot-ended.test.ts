import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Meeting } from '../bots/meeting.ts'
import { syncBot } from '../bots/sync-bot.ts'
import type { CalendarStore } from '../calendars/calendar-store.ts'
import { schedulingWorld } from '../testing/scheduling-world.ts'
import type { Inbox } from './inbox.ts'
import { processWebhookEvent } from './process-webhook-event.ts'

/** A bot that two colleagues have for an event each, and a third who ordered one by hand. */
async function sharedBot() {
  const world = await schedulingWorld()
  const bo = await world.addUser('bo@acme.test')
  const kim = await world.addUser('kim@acme.test')
  const { startTime, meetingUrl } = await world.put({})
  await world.put({}, bo.integration)
  await world.settle()
  await world.order({ meetingUrl: meetingUrl as string, joinAt: startTime }, kim.userId)
  const planned: string[] = []
  const queue = {
    enqueue: async (name: string, payload: object) =>
      void planned.push(`${name} ${'userId' in payload && payload.userId}`),
  }
  const [meeting] = world.meetings.all() as [Meeting]
  return {
    ...world,
    meeting,
    planned,
    queue,
    expected: [world.userId, bo.userId, kim.userId].map((id) => `schedule-recordings ${id}`),
  }
}

const failed = { kind: 'failed' as const, at: null, code: 'BOT_REMOVED', message: null, results: null }

test('when a bot ends, whoever has it is planned for again', async () => {
  const { deps, meeting, planned, queue, expected } = await sharedBot()
  const botId = meeting.meetingBaasId as string
  const event = { id: randomUUID(), state: 'received', body: '{}', source: 'v2_webhook', receivedAt: deps.now() }
  const inbox = {
    load: async () => ({ event, meeting, factAlreadyApplied: false }),
    saveProcessed: async () => true,
  } as unknown as Pick<Inbox, 'load' | 'saveProcessed'>
  const reader = { reread: () => ({ kind: 'bot' as const, botId, meetingId: meeting.id, fact: failed }) as never }
  const calendars = {} as CalendarStore
  await processWebhookEvent({ ...deps, inbox, reader, calendars, queue }, { webhookEventId: event.id })
  expect(planned).toEqual(expected)
})

test('so they are when no webhook told of the end', async () => {
  const { deps, provider, meeting, planned, queue, expected } = await sharedBot()
  provider.endWith(meeting.meetingBaasId as string, { ...failed, at: deps.now() })
  const limits = { takeWriteSlot: async () => () => {}, pauseWrites: async () => {} }
  await syncBot({ ...deps, provider, limits, queue }, { meetingId: meeting.id })
  expect(planned).toEqual(expected)
})
