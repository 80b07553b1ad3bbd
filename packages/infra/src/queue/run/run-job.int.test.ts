import { once } from 'node:events'
import { PermanentError, PostponedError, RetryableError } from '@seer/core/basics/errors'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { openStore, type QueueHarness, type Store } from '../../../testing/queue/queue-harness.ts'
import { describeOnEachBackend } from '../../../testing/services.ts'

describeOnEachBackend('a job', (backend) => {
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

  const failedJobs = () => harness.queue.bullQueue('bots').getJobs(['failed'])
  const outcomes = (job: string) => harness.finished(job).map((line) => [line['outcome'], line['attempt'], line.level])

  test('that succeeds is logged in one complete line', async () => {
    await harness.start({ plain: async ({ meetingId }, { attempt }) => `${meetingId} at ${attempt}` })
    await harness.queue.enqueue('plain', { meetingId: 'm1' })
    const [line] = await harness.waitForRuns('plain')
    expect(line).toMatchObject({
      level: 'info',
      job: 'plain',
      queue: 'bots',
      meetingId: 'm1',
      attempt: 1,
      attemptsMax: 3,
      outcome: 'ok',
      result: 'm1 at 1',
      jobId: expect.any(String),
      waitedMs: expect.any(Number),
      durationMs: expect.any(Number),
    })
  })

  test('that returns ids is logged with them', async () => {
    await harness.start({ plain: async () => ({ outcome: 'applied', userId: 'u7', botId: null }) })
    await harness.queue.enqueue('plain', { meetingId: 'm1' })
    const [line] = await harness.waitForRuns('plain')
    expect(line).toMatchObject({ meetingId: 'm1', userId: 'u7', result: { outcome: 'applied' } })
    expect(line).not.toHaveProperty('botId')
  })

  test('shows its progress', async () => {
    let shown: unknown
    await harness.start({
      plain: async (_, { jobId, progress }) => {
        progress({ pages: 1, read: 0 })
        progress({ pages: 2, read: 250 })
        const job = () => harness.queue.bullQueue('bots').getJob(jobId)
        await vi.waitFor(async () => expect((await job())?.progress).toEqual({ pages: 2, read: 250 }))
        shown = (await job())?.progress
      },
    })
    await harness.queue.enqueue('plain', { meetingId: 'm1' })
    await harness.waitForRuns('plain')
    expect(shown).toEqual({ pages: 2, read: 250 })
  })

  test('that keeps failing is tried as often as its contract says, and then given up', async () => {
    const givenUp: unknown[] = []
    const run = () => Promise.reject(new RetryableError('VENDOR_UNAVAILABLE', { detail: 'down\0' }))
    const exhausted = async (payload: unknown, error: Error) => void givenUp.push([payload, error.message])
    await harness.start({ plain: { run, exhausted } })
    await harness.queue.enqueue('plain', { meetingId: 'm1' })
    await harness.waitForRuns('plain', 3)
    expect(outcomes('plain')).toEqual([
      ['retried', 1, 'warn'],
      ['retried', 2, 'warn'],
      ['failed', 3, 'error'],
    ])
    expect(givenUp).toEqual([[{ meetingId: 'm1' }, 'down\0']])
    await expect.poll(failedJobs).toMatchObject([{ failedReason: 'VENDOR_UNAVAILABLE: down', attemptsMade: 3 }])
  })

  test('whose row still owes the work does not become a dead letter when it is given up', async () => {
    const run = () => Promise.reject(new RetryableError('SERVICE_UNAVAILABLE', { detail: 'The database is away.\0' }))
    await harness.start({ plain: { run, exhausted: async () => 'left_to_sweep' } })
    await harness.queue.enqueue('plain', { meetingId: 'm1' })
    await harness.waitForRuns('plain', 3)
    expect(outcomes('plain').at(-1)).toEqual(['left_to_sweep', 3, 'warn'])
    const left = 'Left to the sweep: SERVICE_UNAVAILABLE: The database is away.'
    const completed = () => harness.queue.bullQueue('bots').getJobs(['completed'])
    await expect.poll(completed).toMatchObject([{ returnvalue: left }])
    expect(await failedJobs()).toEqual([])
    // The sweep's new job runs.
    await harness.queue.enqueue('plain', { meetingId: 'm1' })
    await harness.waitForRuns('plain', 6)
  })

  test('whose last attempt fails is a dead letter', async () => {
    const run = () => Promise.reject(new PermanentError('VENDOR_REJECTED', { detail: 'no' }))
    await harness.start({ plain: { run, exhausted: () => Promise.reject(new TypeError('oops')) } })
    await harness.queue.enqueue('plain', { meetingId: 'm1' })
    await expect.poll(failedJobs).toHaveLength(1)
    expect(outcomes('plain')).toEqual([['failed', 1, 'error']])
  })

  test('with a permanent error is not tried again', async () => {
    const givenUp: Error[] = []
    const run = () => Promise.reject(new PermanentError('VENDOR_REJECTED', { detail: 'no' }))
    await harness.start({ plain: { run, exhausted: async (_, error) => void givenUp.push(error) } })
    await harness.queue.enqueue('plain', { meetingId: 'm1' })
    await expect.poll(failedJobs).toHaveLength(1)
    expect(outcomes('plain')).toEqual([['failed', 1, 'error']])
    expect(givenUp).toMatchObject([{ code: 'VENDOR_REJECTED' }])
  })

  test('with a bug is tried again, and its stack is logged', async () => {
    await harness.start({
      plain: (_, { attempt }) => (attempt === 1 ? Promise.reject(new TypeError('oops')) : Promise.resolve('fine')),
    })
    await harness.queue.enqueue('plain', { meetingId: 'm1' })
    const [first, second] = await harness.waitForRuns('plain', 2)
    expect(first).toMatchObject({
      level: 'error',
      errorCode: 'INTERNAL_ERROR',
      err: { stack: expect.stringContaining('run-job.int.test') },
    })
    expect(second).toMatchObject({ outcome: 'ok', attempt: 2 })
  })

  test('that is postponed uses no attempt and comes back at the time that it asked for', async () => {
    const startedAt: number[] = []
    await harness.start({
      plain: async () => {
        startedAt.push(Date.now())
        if (startedAt.length < 5) throw new PostponedError('JOB_LEASED', { delayMs: 60.4 })
      },
    })
    await harness.queue.enqueue('plain', { meetingId: 'm1' })
    await harness.waitForRuns('plain', 5)
    expect(outcomes('plain')).toEqual([...Array(4).fill(['postponed', 1, 'info']), ['ok', 1, 'info']])
    const pauses = startedAt.slice(1).map((at, index) => at - (startedAt[index] ?? 0))
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(60)
  })

  test('waits at least as long as the other side asked', async () => {
    const startedAt: number[] = []
    await harness.start({
      plain: async () => {
        startedAt.push(Date.now())
        if (startedAt.length === 1) throw new RetryableError('VENDOR_UNAVAILABLE', { retryAfterMs: 200 })
      },
    })
    await harness.queue.enqueue('plain', { meetingId: 'm1' })
    await harness.waitForRuns('plain', 2)
    expect((startedAt[1] ?? 0) - (startedAt[0] ?? 0)).toBeGreaterThanOrEqual(200)
  })

  test('that takes too long is aborted and tried again', async () => {
    await harness.start({
      hasty: async (_, { attempt, signal }) => {
        if (attempt > 1) return 'fast'
        await once(signal, 'abort')
        throw signal.reason
      },
    })
    await harness.queue.enqueue('hasty', { meetingId: 'm1' })
    const [slow, fast] = await harness.waitForRuns('hasty', 2)
    expect(slow).toMatchObject({ outcome: 'retried', errorCode: 'JOB_TIMED_OUT', level: 'warn' })
    expect(fast).toMatchObject({ outcome: 'ok', result: 'fast' })
  })

  test('that never ends does not block its worker', async () => {
    await harness.start({ hasty: () => new Promise(() => {}) }, { concurrency: { webhooks: 1 } })
    await harness.queue.enqueueMany('hasty', [{ meetingId: 'm1' }, { meetingId: 'm2' }])
    const lines = await harness.waitForRuns('hasty', 4)
    expect(lines.filter((line) => line['outcome'] === 'failed').map((line) => line['meetingId'])).toHaveLength(2)
  })

  test('does not run when its payload does not fit or its name is unknown', async () => {
    let runs = 0
    await harness.start({ plain: async () => void runs++ })
    await harness.queue.bullQueue('bots').add('plain', { meetingId: 7 }, { attempts: 3 })
    await harness.queue.bullQueue('bots').add('of-yesterday', {}, { attempts: 3 })
    await expect.poll(failedJobs).toHaveLength(2)
    expect(outcomes('plain')).toEqual([['failed', 1, 'error']])
    expect(outcomes('of-yesterday')).toEqual([['failed', 1, 'error']])
    expect(runs).toBe(0)
  })

  test('whose `exhausted` hook fails is a dead letter all the same', async () => {
    const run = () => Promise.reject(new PermanentError('NOT_FOUND'))
    await harness.start({ plain: { run, exhausted: () => Promise.reject(new Error('hook')) } })
    await harness.queue.enqueue('plain', { meetingId: 'm1' })
    const [line] = await harness.waitFor(({ msg }) => msg === 'job.exhausted_failed')
    expect(line).toMatchObject({ level: 'error', meetingId: 'm1', err: { message: 'hook' } })
    await expect.poll(failedJobs).toHaveLength(1)
    await harness.queue.enqueue('newest', { meetingId: 'm2' })
    await harness.waitForRuns('newest')
  })

  test('that stalled too often is given up, and its `exhausted` hook runs', async () => {
    const givenUp: unknown[] = []
    await harness.queue.enqueue('plain', { meetingId: 'm1' })
    const settings = { lockDuration: 30, stalledInterval: 20, maxStalledCount: 0 }
    const crashing = harness.queue.backend.openWorker('bots', async () => {}, settings)
    await crashing.waitUntilReady()
    expect(await crashing.getNextJob('token', { block: false })).toBeDefined()
    await crashing.startStalledCheckTimer()
    await once(crashing, 'stalled')
    await crashing.close()
    await harness.start({ plain: { run: async () => 'never', exhausted: async (p) => void givenUp.push(p) } })
    const [line] = await harness.waitForRuns('plain')
    expect(line).toMatchObject({ outcome: 'failed', level: 'error', error: expect.stringContaining('stalled') })
    expect(givenUp).toEqual([{ meetingId: 'm1' }])
  })

  test('of which only the latest counts runs again, once for all jobs that came meanwhile', async () => {
    let release = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    await harness.start({
      newest: async (_, { log }) => {
        log.info('newest.running')
        await released
      },
    })
    await harness.queue.enqueue('newest', { meetingId: 'm1' })
    await harness.waitFor((line) => line.msg === 'newest.running')
    await harness.queue.enqueueMany('newest', [{ meetingId: 'm1' }, { meetingId: 'm1' }])
    await harness.queue.enqueue('newest', { meetingId: 'm1' })
    release()
    await harness.waitForRuns('newest', 2)
    await harness.queue.enqueue('newest', { meetingId: 'm2' })
    await harness.waitFor((line) => line.msg === 'job.finished' && line['meetingId'] === 'm2')
    expect(harness.finished('newest').map((line) => line['meetingId'])).toEqual(['m1', 'm1', 'm2'])
  })
})
