import { PostponedError, RetryableError } from '@seer/core/basics/errors'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { LogLine } from '../../../testing/queue/log-recorder.ts'
import { openStore, type QueueHarness, type Store } from '../../../testing/queue/queue-harness.ts'
import { testJobs } from '../../../testing/queue/test-jobs.ts'
import { describeOnEachBackend } from '../../../testing/services.ts'

const sweeps = { queues: ['sweeps'] as const }
const period = testJobs.tick.everyMs ?? 0

describeOnEachBackend('the scheduler', (backend) => {
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

  /** The planned time of a tick is in its job id: `repeat:tick:1700000000000`. */
  const slotOf = (line: LogLine) => Number(String(line['jobId']).split(':').at(-1))
  const schedulers = () => harness.queue.bullQueue('sweeps').getJobSchedulers()

  test('ticks exactly once a period, however many workers run', async () => {
    for (let i = 0; i < 3; i++) await harness.start({}, sweeps)
    await harness.waitForRuns('tick', 6)
    // Ticks of different workers may end in another order than they became due.
    const slots = harness
      .finished('tick')
      .map(slotOf)
      .toSorted((a, b) => a - b)
    const distances = slots.slice(1).map((slot, index) => slot - (slots[index] ?? 0))
    // A busy machine may miss a period, but there are never two ticks in one period.
    expect(distances.filter((distance) => distance < period || distance % period !== 0)).toEqual([])
    expect(harness.finished('hourly')).toHaveLength(1)
  })

  test('ticks first when the workers start, not a period later', async () => {
    await harness.start({}, sweeps)
    const [line] = await harness.waitForRuns('hourly')
    expect(line).toMatchObject({ outcome: 'ok', attempt: 1, attemptsMax: 1 })
    const next = await harness.queue.nextRun('hourly')
    expect(Math.abs((next?.getTime() ?? 0) - Date.now() - 3_600_000)).toBeLessThan(10_000)
  })

  test('knows no next run before a worker has started', async () => {
    expect(await harness.queue.nextRun('hourly')).toBeNull()
  })

  test('does not tick again because a worker restarts', async () => {
    const first = await harness.start({}, sweeps)
    await harness.waitForRuns('hourly')
    await first.close({ deadlineMs: 1_000 })
    await harness.start({}, sweeps)
    await harness.waitForRuns('tick', harness.finished('tick').length + 2)
    expect(harness.finished('hourly')).toHaveLength(1)
  })

  test('catches up with one tick when no worker ran for some periods', async () => {
    const first = await harness.start({}, sweeps)
    const [early] = await harness.waitForRuns('tick', 1)
    await first.close({ deadlineMs: 1_000 })
    const missed = harness.finished('tick').length
    const dueAt = slotOf(early as LogLine) + 4 * period
    await harness.start({}, { queues: ['bots'] })
    await harness.queue.enqueue('plain', { meetingId: 'm1' }, { delayMs: dueAt - Date.now() })
    await harness.waitForRuns('plain')
    await harness.start({}, sweeps)
    const late = (await harness.waitForRuns('tick', missed + 2)).slice(missed).map(slotOf)
    expect(late[0]).toBeLessThan(dueAt)
    expect(late[1]).toBeGreaterThan(dueAt - period / 2)
  })

  test('takes over a changed period and forgets tasks that no longer exist', async () => {
    const bull = harness.queue.bullQueue('sweeps')
    await bull.upsertJobScheduler('hourly', { every: 5_000 }, { name: 'hourly' })
    await bull.upsertJobScheduler('of-yesterday', { every: 5_000 }, { name: 'of-yesterday' })
    await harness.start({}, sweeps)
    await expect
      .poll(async () => new Map((await schedulers()).map(({ key, every }) => [key, every])))
      .toEqual(new Map(Object.entries({ hourly: 3_600_000, tick: period })))
  })

  test('is set up again after the store has lost everything', async () => {
    await harness.start({}, { ...sweeps, timing: { checkSchedulesEveryMs: 50 } })
    await harness.waitForRuns('tick', 1)
    await harness.loseEverything()
    const ticksBefore = harness.finished('tick').length
    expect(await harness.waitForRuns('tick', ticksBefore + 3)).toHaveLength(ticksBefore + 3)
  })

  test('keeps a record of every task: start, duration, error', async () => {
    const records: unknown[] = []
    const tasks = {
      recordStart: async (name: string) => void records.push(name),
      recordFinish: async (name: string, run: { durationMs: number; error: string | null }) => {
        records.push([name, run.error, run.durationMs >= 0])
      },
    }
    const fail = () => Promise.reject(new RetryableError('VENDOR_TIMEOUT', { detail: 'slow' }))
    await harness.start({ hourly: fail }, { ...sweeps, tasks })
    await harness.waitForRuns('hourly')
    expect(records).toContainEqual('hourly')
    expect(records).toContainEqual(['hourly', 'VENDOR_TIMEOUT: slow', true])
    await harness.waitForRuns('tick')
    expect(records).toContainEqual(['tick', null, true])
  })

  test('runs a task even when its record cannot be written, and records no end for a postponed task', async () => {
    const ends: string[] = []
    const tasks = {
      recordStart: () => Promise.reject(new Error('no database')),
      recordFinish: async (name: string) => void ends.push(name),
    }
    const postpone = () => Promise.reject(new PostponedError('VENDOR_DAILY_CAP', { delayMs: 60_000 }))
    await harness.start({ hourly: postpone }, { ...sweeps, tasks })
    await harness.waitForRuns('hourly')
    await harness.waitForRuns('tick')
    expect(harness.finished('tick')[0]).toMatchObject({ outcome: 'ok' })
    expect(ends).not.toContain('hourly')
    expect(harness.lines.map((line) => line.msg)).toContain('scheduler.record_failed')
  })
})
