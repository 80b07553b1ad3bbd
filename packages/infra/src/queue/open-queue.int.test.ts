import { jobCatalog } from '@seer/core/jobs/catalog'
import { queueNames } from '@seer/core/jobs/define-job'
import type { JobQueue } from '@seer/core/jobs/job-queue'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openStore, type QueueHarness, type Store } from '../../testing/queue/queue-harness.ts'
import { openTcpProxy, type TcpProxy } from '../../testing/queue/tcp-proxy.ts'
import { describeOnEachBackend } from '../../testing/services.ts'
import { openQueue } from './open-queue.ts'

describeOnEachBackend('the queue', (backend) => {
  let store: Store
  let harness: QueueHarness
  beforeAll(async () => {
    store = await openStore(backend)
  })
  beforeEach(async () => {
    harness = await store.openHarness()
  })
  afterEach(() => harness.close())
  afterAll(() => store.remove())

  const countsOf = async (name: string) => (await harness.queue.counts()).find((counts) => counts.queue === name)

  test('is the queue that core expects', async () => {
    const queue = openQueue({ ...harness.address, log: harness.log })
    const port: JobQueue = queue
    await port.enqueue('sync-bot', { meetingId: '6f2c1a52-64d3-4a44-8f0b-0c0f6b0b8a11' })
    expect(await countsOf('bots')).toMatchObject({ waiting: 1 })
    expect(queue.catalog).toBe(jobCatalog)
    await queue.close()
  })

  test('refuses a payload that does not fit, and stores nothing', async () => {
    const wrong = { meetingId: 7 } as unknown as { meetingId: string }
    const refusal = { name: 'PermanentError', code: 'JOB_PAYLOAD_INVALID', message: /plain: meetingId: / }
    await expect(harness.queue.enqueue('plain', wrong)).rejects.toMatchObject({ code: refusal.code })
    await expect(harness.queue.enqueueMany('plain', [{ meetingId: 'ok' }, wrong])).rejects.toThrow(refusal.message)
    expect(await countsOf('bots')).toMatchObject({ waiting: 0 })
  })

  test('keeps one job for each key, also within a batch, and separates different jobs with equal keys', async () => {
    const { queue } = harness
    await queue.enqueue('newest', { meetingId: 'm:1' })
    await queue.enqueue('newest', { meetingId: 'm:1' })
    await queue.enqueueMany('newest', [{ meetingId: 'm:1' }, { meetingId: 'm:2' }, { meetingId: 'm:2' }])
    await queue.enqueue('other-newest', { meetingId: 'm:1' })
    expect(await countsOf('bots')).toMatchObject({ waiting: 3 })
  })

  test('takes thousands of jobs in one call', async () => {
    const payloads = Array.from({ length: 1_200 }, (_, index) => ({ meetingId: `m${index}` }))
    await harness.queue.enqueueMany('plain', payloads)
    await harness.queue.enqueueMany('plain', [])
    expect(await countsOf('bots')).toMatchObject({ waiting: 1_200 })
  })

  test('counts delayed jobs, and jobs that wait in a paused queue', async () => {
    await harness.queue.enqueue('plain', { meetingId: 'm1' }, { delayMs: 60_000 })
    await harness.queue.bullQueue('bots').pause()
    await harness.queue.enqueue('plain', { meetingId: 'm2' })
    expect(await countsOf('bots')).toMatchObject({ delayed: 1, waiting: 1, active: 0, failed: 0 })
  })

  test('offers every queue to Bull Board', async () => {
    expect(harness.queue.boardQueues().map((queue) => queue.name)).toEqual([...queueNames])
  })
})

/** In production 2 s; here as short as a healthy store on a busy machine allows. */
const callTimeoutMs = 800
/** Waiting for the connection and waiting for the answer each have a limit. The rest is for a busy machine. */
const soonMs = 2 * callTimeoutMs + 4_000

describeOnEachBackend('a queue whose store goes away', (backend) => {
  let store: Store
  let harness: QueueHarness
  let proxy: TcpProxy
  beforeAll(async () => {
    store = await openStore(backend)
  })
  beforeEach(async () => {
    harness = await store.openHarness()
    const { redisUrl, databaseUrl } = harness.address
    proxy = await openTcpProxy(redisUrl ?? databaseUrl)
  })
  afterEach(async () => {
    await harness.close()
    await proxy.close()
  })
  afterAll(() => store.remove())

  const openThroughProxy = () => {
    const url = proxy.url
    const address = harness.address.redisUrl ? { redisUrl: url } : { databaseUrl: url }
    return harness.open({ address, callTimeoutMs })
  }

  /** How a call ended. While the store is gone it should be `unavailable`. */
  async function endOf(work: Promise<unknown>): Promise<unknown> {
    const startedAt = performance.now()
    const error = await work.then(
      () => 'nothing was wrong',
      (reason: { name: string; code: string }) => `${reason.name} ${reason.code}`,
    )
    return [error, performance.now() - startedAt < soonMs ? 'soon' : 'late']
  }
  const unavailable = ['RetryableError SERVICE_UNAVAILABLE', 'soon']

  /** Calls again and again until a call works. If none ever does, the test's time limit ends it. */
  async function untilAvailable(work: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
  }

  test('fails fast while it is gone, and works again when it is back', async () => {
    const queue = openThroughProxy()
    await queue.enqueue('plain', { meetingId: 'before' })
    for (let outage = 0; outage < 2; outage++) {
      await proxy.cut()
      expect(await endOf(queue.enqueue('plain', { meetingId: 'during' }))).toEqual(unavailable)
      expect(await endOf(queue.enqueueMany('plain', [{ meetingId: 'during' }]))).toEqual(unavailable)
      expect(await endOf(queue.ping())).toEqual(unavailable)
      await proxy.restore()
      await untilAvailable(() => queue.enqueue('plain', { meetingId: 'after' }))
    }
    const jobs = await harness.queue.bullQueue('bots').getJobs(['waiting'], 0, -1, true)
    expect(jobs.map((job) => job.data.meetingId)).toEqual(['before', 'after', 'after'])
  })

  test('logs once, by name and ids, the jobs that `wake` could not enqueue, and does not throw', async () => {
    const queue = openThroughProxy()
    await queue.wake([{ name: 'plain', payload: { meetingId: 'before' } }])
    await proxy.cut()
    const owed = ['m1', 'm2'].map((meetingId) => ({ name: 'plain' as const, payload: { meetingId } }))
    const elsewhere = { name: 'hasty' as const, payload: { meetingId: 'm3' }, delayMs: 10 }
    expect(await endOf(queue.wake([...owed, elsewhere]))).toEqual(['nothing was wrong', 'soon'])
    const lines = harness.lines.filter(({ msg }) => msg === 'queue.enqueue_failed')
    const jobs = [
      { job: 'plain', meetingId: 'm1' },
      { job: 'plain', meetingId: 'm2' },
      { job: 'hasty', meetingId: 'm3' },
    ]
    expect(lines).toMatchObject([{ level: 'warn', jobs, err: { code: 'SERVICE_UNAVAILABLE' } }])
    const waiting = await harness.queue.bullQueue('bots').getJobs(['waiting'])
    expect(waiting.map((job) => job.data.meetingId)).toEqual(['before'])
  })

  test('opens while the store is gone, fails fast, and works when the store comes', async () => {
    await proxy.cut()
    const queue = openThroughProxy()
    const boardQueues = queue.boardQueues()
    const requests = Array.from({ length: 20 }, () => endOf(queue.enqueue('plain', { meetingId: 'm1' })))
    expect(await Promise.all(requests)).toEqual(requests.map(() => unavailable))
    expect(await endOf(queue.counts())).toEqual(unavailable)
    await proxy.restore()
    await untilAvailable(() => queue.enqueue('plain', { meetingId: 'm1' }))
    expect(await boardQueues[1]?.getWaitingCount()).toBe(1)
  })

  test('does not wait for a store that takes every command and answers none', async () => {
    const queue = openThroughProxy()
    await queue.ping()
    proxy.freeze()
    expect(await endOf(queue.enqueue('plain', { meetingId: 'm1' }))).toEqual(unavailable)
  })

  test('closes while the store is gone', async () => {
    const queue = openThroughProxy()
    await queue.ping()
    await proxy.cut()
    const startedAt = performance.now()
    await queue.close()
    expect(performance.now() - startedAt).toBeLessThan(soonMs)
    await proxy.restore()
  })
})
