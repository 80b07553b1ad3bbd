import { expect, test } from 'vitest'
import { fakeQueue } from '../../testing/jobs/fake-queue.ts'
import { schedulingWorld } from '../../testing/planning/scheduling-world.ts'
import { inboxWorld } from '../../testing/webhooks/inbox-world.ts'
import { syncBot } from '../meetings/bots/sync-bot.ts'
import type { Meeting } from '../meetings/meeting.ts'
import { processWebhookEvent } from './process-webhook-event.ts'

/** A bot that two colleagues have, each for an event, and a third colleague by hand. */
async function sharedBot() {
  const world = await schedulingWorld()
  const bo = await world.addUser('bo@acme.test')
  const kim = await world.addUser('kim@acme.test')
  const { startTime, meetingUrl } = await world.put({})
  await world.put({}, bo.integration)
  await world.settle()
  await world.order({ meetingUrl: meetingUrl as string, joinAt: startTime }, kim.userId)
  const queue = fakeQueue()
  const [meeting] = world.meetings.all() as [Meeting]
  return {
    ...world,
    meeting,
    planned: () => queue.jobs.map(({ name, payload }) => `${name} ${payload['userId']}`),
    queue,
    expected: [world.userId, bo.userId, kim.userId].map((id) => `schedule-recordings ${id}`),
  }
}

const failed = { kind: 'failed' as const, at: null, code: 'BOT_REMOVED', message: null, results: null }

test('when a bot ends, all its users are planned again', async () => {
  const { deps, meeting, planned, queue, expected } = await sharedBot()
  const botId = meeting.meetingBaasId as string
  const { deps: ports, inbox, receive } = inboxWorld(deps.meetings)
  const event = { kind: 'bot' as const, source: 'v2_webhook' as const, eventType: 'bot.failed', businessKey: null }
  const webhookEventId = await receive({ ...event, botId, meetingId: meeting.id, fact: failed })
  await processWebhookEvent({ ...ports, ...deps, inbox, queue }, { webhookEventId })
  expect(planned()).toEqual(expected)
})

test('they are also planned again when no webhook came', async () => {
  const { deps, vendor, meeting, planned, queue, expected } = await sharedBot()
  vendor.endWith(meeting.meetingBaasId as string, { ...failed, at: deps.now() })
  const limits = { takeWriteSlot: async () => () => {}, pauseWrites: async () => {} }
  await syncBot({ ...deps, vendor, limits, queue }, { meetingId: meeting.id })
  expect(planned()).toEqual(expected)
})
