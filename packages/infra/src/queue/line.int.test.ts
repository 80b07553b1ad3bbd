import { PostponedError, RetryableError } from '@seer/core/basics/errors'
import { urgency } from '@seer/core/jobs/urgency'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openStore, type QueueHarness, type Store } from '../../testing/queue/queue-harness.ts'
import { describeOnEachBackend } from '../../testing/services.ts'
import type { JobContext } from './handlers.ts'

describeOnEachBackend('the line of a queue', (backend) => {
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

  type Handler = (payload: { meetingId: string }, context: JobContext) => Promise<unknown>
  const serve = (lined: Handler = async () => {}, concurrency = 1) =>
    harness.start({ lined }, { queues: ['calendars'], concurrency: { calendars: concurrency } })
  const order = () => harness.finished('lined').map((line) => line['meetingId'])
  const waiting = async () => (await harness.queue.counts()).find(({ queue }) => queue === 'calendars')
  const enqueue = (meetingId: string, its?: number) => harness.queue.enqueue('lined', { meetingId }, { urgency: its })

  /** Holds the first job until the test opens the gate. `running` resolves when the job runs. */
  function gate(first: string, end: () => unknown = () => 'done') {
    let open = () => {}
    const opened = new Promise<void>((resolve) => {
      open = resolve
    })
    let isFirst = true
    const handler: Handler = async ({ meetingId }, { log }) => {
      if (meetingId !== first || !isFirst) return 'done'
      isFirst = false
      log.info('lined.running')
      await opened
      return end()
    }
    return { handler, open: () => open(), running: () => harness.waitFor(({ msg }) => msg === 'lined.running') }
  }

  test('goes by urgency, then by arrival; the contract gives the urgency of a job that has none', async () => {
    await enqueue('routine')
    await enqueue('at ten', 50_000)
    await enqueue('later at ten', 50_000)
    await enqueue('at nine', 49_000)
    await enqueue('now', urgency.now)
    await enqueue('leave', urgency.leave)
    expect(await waiting()).toMatchObject({ waiting: 6 })
    await serve()
    await harness.waitForRuns('lined', 6)
    expect(order()).toEqual(['leave', 'now', 'at nine', 'at ten', 'later at ten', 'routine'])
  })

  test('lets an urgent job pass, however long the line is', async () => {
    const many = Array.from({ length: 1_000 }, (_, i) => ({ meetingId: `m${i}` }))
    await harness.queue.enqueueMany('lined', many)
    await serve(undefined, 5)
    await harness.waitForRuns('lined', 20)
    await enqueue('now', urgency.now)
    const before = order().length
    await harness.waitFor((line) => line.msg === 'job.finished' && line['meetingId'] === 'now')
    // A few jobs had started already, or ended while the urgent job was being added.
    expect(order().indexOf('now') - before).toBeLessThan(50)
  })

  test('has one place for each key: a second job joins the first, and draws it forward if it is more urgent', async () => {
    await harness.queue.enqueueMany('lined', [{ meetingId: 'a' }, { meetingId: 'b' }, { meetingId: 'c' }])
    await harness.queue.enqueueMany('lined', [{ meetingId: 'c' }, { meetingId: 'b' }])
    await harness.queue.enqueueMany('lined', [{ meetingId: 'c' }], { urgency: urgency.now })
    await harness.queue.wake([{ name: 'lined', payload: { meetingId: 'b' }, urgency: urgency.leave }])
    await enqueue('b', urgency.routine)
    expect(await waiting()).toMatchObject({ waiting: 3 })
    await serve()
    await harness.waitForRuns('lined', 3)
    expect(order()).toEqual(['b', 'c', 'a'])
  })

  test('takes many jobs at once, each with its own urgency', async () => {
    const payloads = ['c', 'a', 'b'].map((meetingId) => ({ meetingId }))
    await harness.queue.enqueueMany('lined', payloads, { urgency: ({ meetingId }) => meetingId.charCodeAt(0) })
    await serve()
    await harness.waitForRuns('lined', 3)
    expect(order()).toEqual(['a', 'b', 'c'])
  })

  test('keeps the place of a job that is tried again or comes back later', async () => {
    const errors = [new RetryableError('VENDOR_TIMEOUT'), new PostponedError('JOB_LEASED', { delayMs: 1 })]
    const { handler, open, running } = gate('urgent')
    await serve(async (payload, context) => {
      await handler(payload, context)
      if (payload.meetingId === 'urgent') {
        const error = errors.pop()
        if (error) throw error
      }
    })
    await enqueue('urgent', urgency.now)
    await running()
    const others = Array.from({ length: 500 }, (_, i) => ({ meetingId: `m${i}` }))
    await harness.queue.enqueueMany('lined', others)
    open()
    await harness.waitFor((line) => line['meetingId'] === 'urgent' && line['outcome'] === 'ok')
    expect(harness.finished('lined').map((line) => line['outcome'])).toContain('postponed')
    expect(order().filter((id) => id !== 'urgent').length).toBeLessThan(others.length)
  })

  test('runs a job that waits for its next attempt at once when somebody waits for it, but not for a sweep', async () => {
    let runs = 0
    await serve(async () => {
      runs += 1
      if (runs === 1) throw new PostponedError('VENDOR_DAILY_CAP', { delayMs: 3_600_000 })
    })
    await enqueue('a', 50_000)
    await harness.waitForRuns('lined')
    // The run is told of before its job is moved. A job that came in between would be kept for after it.
    await expect.poll(waiting).toMatchObject({ waiting: 0, delayed: 1, active: 0 })
    await harness.queue.enqueueMany('lined', [{ meetingId: 'a' }])
    await enqueue('a', 50_000)
    await expect.poll(waiting).toMatchObject({ waiting: 0, delayed: 1, active: 0 })
    await enqueue('a', urgency.now)
    await harness.waitForRuns('lined', 2)
    expect(harness.finished('lined').map((line) => line['outcome'])).toEqual(['postponed', 'ok'])
  })

  test('takes the next job of a key after the last one succeeded or failed', async () => {
    let isWell = false
    await serve(async () => {
      if (!isWell) throw new Error('A bug.')
    })
    await enqueue('a')
    await harness.waitFor((line) => line['outcome'] === 'failed')
    isWell = true
    await enqueue('a')
    await harness.waitFor((line) => line['outcome'] === 'ok')
    await enqueue('a')
    await harness.waitFor((line) => line['outcome'] === 'ok', 2)
  })
})
