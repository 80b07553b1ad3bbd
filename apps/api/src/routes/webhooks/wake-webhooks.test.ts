import { createLogger } from '@seer/infra/observe/logger'
import { describe, expect, test } from 'vitest'
import { createWebhookWaker } from './wake-webhooks.ts'
import { newWebhookCounters } from './webhook-counters.ts'

type Job = { webhookEventIds: string[] }

function openWaker(enqueueMany: (ids: string[]) => Promise<void>) {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(JSON.parse(line).msg) }
  const counters = newWebhookCounters()
  const jobs: Job[] = []
  const queue = {
    enqueueMany: (_name: string, payloads: unknown[]) => {
      jobs.push(...(payloads as Job[]))
      return enqueueMany((payloads as Job[]).flatMap(({ webhookEventIds }) => webhookEventIds))
    },
  }
  const log = createLogger({ level: 'info', name: 'test', destination })
  return { ...createWebhookWaker({ queue, counters, log }), counters, lines, jobs }
}

describe('the waker', () => {
  test('enqueues in one call what comes in one turn', async () => {
    const calls: string[][] = []
    const waker = openWaker(async (ids) => void calls.push(ids))
    for (const id of ['a', 'b', 'c']) waker.wake(id)
    await waker.drain()
    expect(calls).toEqual([['a', 'b', 'c']])
  })

  test('puts what comes together into few jobs', async () => {
    const waker = openWaker(async () => {})
    for (let i = 0; i < 120; i++) waker.wake(String(i))
    await waker.drain()
    expect(waker.jobs.map(({ webhookEventIds }) => webhookEventIds.length)).toEqual([50, 50, 20])
  })

  test('gathers what comes while a call is under way', async () => {
    const calls: string[][] = []
    let finish = () => {}
    const first = new Promise<void>((resolve) => {
      finish = resolve
    })
    const waker = openWaker(async (ids) => {
      calls.push(ids)
      if (calls.length === 1) await first
    })
    waker.wake('a')
    await new Promise((resolve) => setImmediate(resolve))
    waker.wake('b')
    waker.wake('c')
    finish()
    await waker.drain()
    expect(calls).toEqual([['a'], ['b', 'c']])
  })

  test('counts the events that it could not enqueue while the queue is down, logs that once, and goes on when the queue is back', async () => {
    let isDown = true
    const waker = openWaker(async () => {
      if (isDown) throw new Error('down')
    })
    for (const id of ['a', 'b']) {
      waker.wake(id)
      await waker.drain()
    }
    expect(waker.counters.jobsLeftToSweep).toBe(2)
    expect(waker.lines).toEqual(['webhook.jobs_left_to_sweep'])
    isDown = false
    waker.wake('c')
    await waker.drain()
    expect(waker.lines).toEqual(['webhook.jobs_left_to_sweep', 'webhook.queue_is_back'])
  })

  test('does not grow without bounds while the queue hangs', async () => {
    let finish = () => {}
    const hanging = new Promise<void>((resolve) => {
      finish = resolve
    })
    let calls = 0
    const waker = openWaker(() => (calls++ === 0 ? hanging : Promise.resolve()))
    waker.wake('first')
    await new Promise((resolve) => setImmediate(resolve))
    for (let i = 0; i < 50_010; i++) waker.wake(String(i))
    expect(waker.counters.jobsLeftToSweep).toBe(10)
    finish()
    await waker.drain()
  })
})
