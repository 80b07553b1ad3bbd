import { expect, test } from 'vitest'
import { at, status } from '../../testing/meetings/builders.ts'
import { inboxWorld } from '../../testing/webhooks/inbox-world.ts'
import { RetryableError } from '../basics/errors.ts'
import { requeueStuck } from '../jobs/requeue-stuck.ts'
import { dueWebhookEvents } from './due-webhook-events.ts'
import { giveUpWebhookEvents } from './give-up-webhook-events.ts'
import { processDueWebhookEvents } from './process-due-webhook-events.ts'

const signal = new AbortController().signal

/** Events, each about a bot that joins, due since two minutes past noon. */
async function withEvents(count: number) {
  const world = inboxWorld()
  const ids: string[] = []
  for (let i = 0; i < count; i++) ids.push(await world.tell(await world.booked(), status('joining_call', at(1))))
  const states = () => ids.map((id) => world.inbox.row(id).state)
  const sweep = () => requeueStuck({ ...world.deps, sources: { webhookEvents: dueWebhookEvents(world.inbox) } })
  return { ...world, ids, states, sweep }
}

test('events whose jobs were lost are applied, however many there are', async () => {
  const { deps, states } = await withEvents(120)
  expect(await processDueWebhookEvents(deps, { signal })).toEqual({ webhookEvents: 120 })
  expect(new Set(states())).toEqual(new Set(['processed']))
  expect(await processDueWebhookEvents(deps, { signal })).toEqual({ webhookEvents: 0 })
})

test('no event is taken before it is due', async () => {
  const { deps, states } = await withEvents(1)
  expect(await processDueWebhookEvents({ ...deps, now: () => at(1) }, { signal })).toEqual({ webhookEvents: 0 })
  expect(states()).toEqual(['received'])
})

test('the sweep asks for one job, however many events are due, and claims nothing, because the events’ own jobs may still wait', async () => {
  const { sweep, jobs, inbox, ids } = await withEvents(120)
  for (let i = 0; i < 3; i++) expect(await sweep()).toMatchObject({ webhookEvents: 120 })
  // The queue keeps one of them, by the contract's key.
  expect(jobs).toEqual(Array(3).fill({ name: 'process-due-webhook-events', payload: {} }))
  expect(ids.map((id) => inbox.row(id).round)).toEqual(Array(120).fill(0))
})

test('the sweep asks for nothing when nothing is due', async () => {
  const { sweep, jobs } = await withEvents(0)
  await sweep()
  expect(jobs).toEqual([])
})

test('an event that was claimed three times in vain goes on by itself, so that it cannot end more workers of others', async () => {
  const { deps, inbox, ids, jobs, states } = await withEvents(2)
  const hours = (n: number) => ({ ...deps, now: () => at(60 * n) })
  for (let n = 1; n <= 3; n++) await inbox.claimDue(at(60 * n), at(60 * n + 2), 10)
  await processDueWebhookEvents(hours(4), { signal })
  expect(jobs.map(({ payload }) => payload)).toEqual(ids.map((webhookEventId) => ({ webhookEventId, round: 0 })))
  expect(states()).toEqual(['received', 'received'])
})

test('a worker that shuts down leaves the rest to the next one', async () => {
  const { deps, states } = await withEvents(60)
  const controller = new AbortController()
  const onProcessed = () => controller.abort(new Error('shutdown'))
  await expect(processDueWebhookEvents({ ...deps, onProcessed }, controller)).rejects.toThrow('shutdown')
  expect(states().filter((state) => state === 'processed')).toHaveLength(50)
})

test('events of a job without attempts stay with the sweep while the database is down, and otherwise go on one by one', async () => {
  const { queue, jobs, ids } = await withEvents(2)
  const giveUp = (error: Error) => giveUpWebhookEvents({ queue }, { webhookEventIds: ids }, error)
  expect(await giveUp(new RetryableError('SERVICE_UNAVAILABLE'))).toBe('left_to_sweep')
  expect(jobs).toEqual([])
  expect(await giveUp(new RetryableError('JOB_TIMED_OUT'))).toBe('dead_letter')
  expect(jobs.map(({ payload }) => payload)).toEqual(ids.map((webhookEventId) => ({ webhookEventId, round: 0 })))
})
