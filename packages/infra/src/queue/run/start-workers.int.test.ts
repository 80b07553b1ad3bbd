import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openStore, type QueueHarness, type Store, type StoreAddress } from '../../../testing/queue/queue-harness.ts'
import { openTcpProxy } from '../../../testing/queue/tcp-proxy.ts'
import { describeOnEachBackend } from '../../../testing/services.ts'
import type { JobContext } from '../handlers.ts'

/** A job would be ended by its own time limit after 5 s. The rest is left to machines that others keep busy. */
const wellBeforeItsTimeout = 4_000

describeOnEachBackend('workers', (backend) => {
  let store: Store
  let harness: QueueHarness
  let children: ChildProcess[] = []
  beforeAll(async () => {
    store = await openStore(backend)
  })
  beforeEach(async () => {
    harness = await store.openHarness()
  })
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL')
    children = []
    await harness.close()
  })
  afterAll(() => store.remove())

  function startProcess(address: StoreAddress): ChildProcess {
    const program = fileURLToPath(new URL('../../../testing/queue/hanging-worker.ts', import.meta.url))
    const child = fork(program, [JSON.stringify(address)], {
      execArgv: ['--conditions=source', '--import', import.meta.resolve('tsx')],
    })
    children.push(child)
    return child
  }

  /** Runs until the test ends it, and ignores its signal. */
  function gate() {
    let open = () => {}
    const opened = new Promise<void>((resolve) => {
      open = resolve
    })
    return { open, opened }
  }
  const running = (line: { msg: string }) => line.msg === 'plain.running'

  test('serve only the queues that they are told to', async () => {
    const workers = await harness.start({}, { queues: ['webhooks'] })
    await harness.queue.enqueue('plain', { meetingId: 'm1' })
    await harness.queue.enqueue('hasty', { meetingId: 'm1' })
    await harness.waitForRuns('hasty')
    expect(harness.finished('plain')).toEqual([])
    expect(workers.status().queues.map(({ queue }) => queue)).toEqual(['webhooks'])
    await workers.close({ deadlineMs: 1_000 })
  })

  test('say that they run, how busy they are and when they last took a job', async () => {
    const { open, opened } = gate()
    const plain = async (_: unknown, { log }: JobContext) => {
      log.info('plain.running')
      await opened
    }
    const workers = await harness.start({ plain }, { concurrency: { bots: 3 } })
    await harness.queue.enqueue('plain', { meetingId: 'm1' })
    await harness.waitFor(running)
    const status = workers.status()
    expect(status.alive).toBe(true)
    expect(status.queues[0]).toMatchObject({ queue: 'bots', running: true, activeJobs: 1, concurrency: 3 })
    expect(status.queues[0]?.lastJobAt).toBeInstanceOf(Date)
    expect(status.queues[1]).toMatchObject({ queue: 'webhooks', lastJobAt: null, activeJobs: 0 })
    open()
    await harness.waitForRuns('plain')
    await workers.close({ deadlineMs: 1_000 })
    expect(workers.status().alive).toBe(false)
  })

  test('let a running job end before they close, and take no new job', async () => {
    const { open, opened } = gate()
    const handlers = {
      plain: async (_: unknown, { log }: JobContext) => {
        log.info('plain.running')
        await opened
      },
    }
    const workers = await harness.start(handlers, { concurrency: { bots: 1 } })
    await harness.queue.enqueueMany('plain', [{ meetingId: 'm1' }, { meetingId: 'm2' }])
    await harness.waitFor(running)
    const closing = workers.close({ deadlineMs: 10_000 })
    open()
    await closing
    expect(harness.finished('plain').map((line) => [line['meetingId'], line['outcome']])).toEqual([['m1', 'ok']])
    expect((await harness.queue.counts())[1]).toMatchObject({ queue: 'bots', waiting: 1, active: 0, completed: 1 })
  })

  test('give back a job that does not end in time, and another worker runs it with no attempt used', async () => {
    const deaf = () => new Promise<void>(() => {})
    const polite = async (_: unknown, { signal }: { signal: AbortSignal }) => {
      await once(signal, 'abort')
      throw signal.reason
    }
    const first = await harness.start({ plain: deaf, newest: polite })
    await harness.queue.enqueue('plain', { meetingId: 'm1' })
    await harness.queue.enqueue('newest', { meetingId: 'm1' })
    await expect.poll(() => first.status().queues[0]?.activeJobs).toBe(2)
    const startedAt = performance.now()
    await first.close({ deadlineMs: 2_000 })
    expect(performance.now() - startedAt).toBeLessThan(wellBeforeItsTimeout)
    expect(harness.finished('plain')).toMatchObject([{ outcome: 'handed_back', level: 'info' }])
    await harness.start({})
    for (const job of ['plain', 'newest']) {
      const [, again] = await harness.waitForRuns(job, 2)
      expect(again).toMatchObject({ outcome: 'ok', attempt: 1 })
    }
  })

  test('take over the job of a worker that was killed', async () => {
    await harness.queue.enqueue('plain', { meetingId: 'm1' })
    const child = startProcess(harness.address)
    await once(child, 'message')
    child.kill('SIGKILL')
    await once(child, 'exit')
    await harness.start({}, { timing: { lockMs: 400, checkStalledEveryMs: 100 } })
    const [line] = await harness.waitForRuns('plain')
    expect(line).toMatchObject({ outcome: 'ok', attempt: 1 })
    // The job may have run before the check that found it tells so.
    await expect.poll(() => harness.lines.map(({ msg }) => msg)).toContain('job.stalled')
  })

  test('leave nothing open: the process ends by itself', async () => {
    await harness.queue.enqueue('plain', { meetingId: 'm1' })
    const child = startProcess(harness.address)
    await once(child, 'message')
    const sentAt = performance.now()
    child.send('close')
    const [code, signal] = await once(child, 'exit')
    expect(performance.now() - sentAt).toBeLessThan(20_000)
    expect([code, signal]).toEqual([0, null])
    expect((await harness.queue.counts())[1]).toMatchObject({ queue: 'bots', waiting: 1, active: 0 })
  })

  test('go on when their store comes back', async () => {
    const { redisUrl, databaseUrl } = harness.address
    const proxy = await openTcpProxy(redisUrl ?? databaseUrl)
    const address = redisUrl ? { redisUrl: proxy.url } : { databaseUrl: proxy.url }
    const workers = await harness.start({}, { queue: harness.open({ address }) })
    await harness.queue.enqueue('plain', { meetingId: 'm1' })
    await harness.waitForRuns('plain')
    await proxy.cut()
    await harness.queue.enqueue('plain', { meetingId: 'm2' })
    await proxy.restore()
    await harness.waitForRuns('plain', 2)
    expect(workers.status().alive).toBe(true)
    await workers.close({ deadlineMs: 1_000 })
    await proxy.close()
  })

  test('close by the deadline when their store is gone', async () => {
    const { redisUrl, databaseUrl } = harness.address
    const proxy = await openTcpProxy(redisUrl ?? databaseUrl)
    const address = redisUrl ? { redisUrl: proxy.url } : { databaseUrl: proxy.url }
    const queue = harness.open({ address, callTimeoutMs: 1_000 })
    const workers = await harness.start({ plain: () => new Promise(() => {}) }, { queue })
    await harness.queue.enqueue('plain', { meetingId: 'm1' })
    await expect.poll(() => workers.status().queues[0]?.activeJobs).toBe(1)
    await proxy.cut()
    const startedAt = performance.now()
    await workers.close({ deadlineMs: 400 })
    await queue.close()
    expect(performance.now() - startedAt).toBeLessThan(wellBeforeItsTimeout)
    await proxy.restore()
    await proxy.close()
  })
})
