import { aMeeting, at } from '@seer/core/testing/meetings/builders'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { openStore, type QueueHarness, type Store } from '../../testing/queue/queue-harness.ts'
import { openTcpProxy } from '../../testing/queue/tcp-proxy.ts'
import { createTestDatabase, describeOnEachBackend } from '../../testing/services.ts'
import { openDb } from '../db/open-db.ts'
import { newId } from '../ids.ts'

/** On a busy machine everything takes longer, and only a failure takes this long. */
const patience = 10_000

describeOnEachBackend('the hint that the log has something newer', (backend) => {
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

  /** Listens on a queue of its own, and begins to count when the first hint has come through. */
  async function listening(address = {}) {
    const queue = harness.open({ address })
    const onHint = vi.fn<() => void>()
    const stop = queue.feedHint.listen(onHint)
    await vi.waitFor(async () => {
      harness.queue.feedHint.send()
      expect(onHint).toHaveBeenCalled()
    }, patience)
    onHint.mockClear()
    return { onHint, stop }
  }

  test('reaches everybody who listens, in every process, until they stop', async () => {
    const [here, there] = [await listening(), await listening()]
    await vi.waitFor(() => {
      harness.queue.feedHint.send()
      expect(Math.min(here.onHint.mock.calls.length, there.onHint.mock.calls.length)).toBeGreaterThan(0)
    }, patience)
    here.stop()
    here.onHint.mockClear()
    there.onHint.mockClear()
    await vi.waitFor(() => {
      harness.queue.feedHint.send()
      expect(there.onHint).toHaveBeenCalled()
    }, patience)
    expect(here.onHint).not.toHaveBeenCalled()
  })

  test('is sent at most ten times a second, and once more for what came meanwhile', async () => {
    const sender = harness.open()
    const publish = vi.spyOn(sender.backend.hints, 'publish')
    const { feedHint } = sender
    const startedAt = performance.now()
    for (let i = 0; i < 1_000; i++) feedHint.send()
    await vi.waitFor(() => expect(publish).toHaveBeenCalledTimes(2), patience)
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(95)
  })

  test('comes again after a connection was lost, and the loss counts as one', async () => {
    const { redisUrl, databaseUrl } = harness.address
    const proxy = await openTcpProxy(redisUrl ?? databaseUrl)
    const { onHint } = await listening(redisUrl ? { redisUrl: proxy.url } : { databaseUrl: proxy.url })
    await proxy.cut()
    onHint.mockClear()
    await proxy.restore()
    await vi.waitFor(() => expect(onHint).toHaveBeenCalled(), patience)
    onHint.mockClear()
    await vi.waitFor(() => {
      harness.queue.feedHint.send()
      expect(onHint).toHaveBeenCalled()
    }, patience)
    await proxy.close()
  })

  test('does no harm while the store is away', async () => {
    const { redisUrl, databaseUrl } = harness.address
    const proxy = await openTcpProxy(redisUrl ?? databaseUrl)
    await proxy.cut()
    const queue = harness.open({
      address: redisUrl ? { redisUrl: proxy.url } : { databaseUrl: proxy.url },
      callTimeoutMs: 200,
    })
    queue.feedHint.listen(() => {})
    queue.feedHint.send()
    await expect(queue.ping()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    await proxy.close()
  })
})

test('the database says when entries may have been appended, after their commit', async () => {
  const { databaseUrl, drop } = await createTestDatabase()
  const onAppended = vi.fn<() => void>()
  const db = openDb({ databaseUrl, poolSize: 2, writesPerSecond: 5, onError: () => {}, onAppended })
  const userId = newId()
  await db.pool.query('INSERT INTO users (id, name) VALUES ($1::uuid, $1::text)', [userId])
  const meeting = aMeeting({ userId, joinKey: 'meet:hint' })
  await db.meetings.claim(
    meeting,
    { type: 'bot_requested', occurredAt: at(0), data: { joinAt: null }, cause: 'api' },
    'nobody',
  )
  expect(onAppended).toHaveBeenCalledTimes(1)
  await db.meetings.find(meeting.id)
  expect(onAppended).toHaveBeenCalledTimes(1)
  await db.close()
  await drop()
})
