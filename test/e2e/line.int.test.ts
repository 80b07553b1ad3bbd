/**
 * A long line for the vendor's write rate, and people who cannot wait for its end. API and worker as processes, the
 * sandbox as Meeting BaaS.
 */
import { describeOnEachBackend } from '@seer/infra/testing/services'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bot, meetingLink } from './client.ts'
import { eventually } from './eventually.ts'
import { openSeer, type Seer } from './seer.ts'

const writesPerSecond = 3
/** More than half a minute at this rate. */
const bookings = 100

describeOnEachBackend('a line of bookings for tomorrow', (backend) => {
  let seer: Seer
  beforeAll(async () => {
    const env = { MEETINGBAAS_WRITES_PER_SECOND: String(writesPerSecond) }
    seer = await openSeer({ backend, workers: 2, env })
  })
  afterAll(() => seer?.close())

  const count = async (condition: string): Promise<number> =>
    (await seer.query(`SELECT count(*)::int AS n FROM meetings WHERE ${condition}`))[0].n
  const waiting = () => count(`processing_status = 'pending'`)
  const tomorrow = () => new Date(Date.now() + 24 * 3_600_000).toISOString()

  async function untilSlots(slots: number): Promise<void> {
    const before = await waiting()
    await eventually(async () => expect(await waiting()).toBeLessThanOrEqual(before - slots))
  }

  test('lets a bot for now pass, and a bot that is told to leave', async () => {
    const sent = await seer.order({ meetingUrl: meetingLink() })
    await seer.reaches(sent.id, 'queued')
    const booked: Bot[] = await Promise.all(
      Array.from({ length: bookings }, () => seer.order({ meetingUrl: meetingLink(), joinAt: tomorrow() })),
    )
    expect(booked).toHaveLength(bookings)
    // Bookings that wait for a slot fill all places of the workers.
    await untilSlots(2 * writesPerSecond)
    const ordered = await seer.order({ meetingUrl: meetingLink() })
    await seer.reaches(ordered.id, 'queued')
    const afterOrder = await waiting()
    expect((await seer.end(sent.id)).status).toBe(202)
    await eventually(async () => expect(await count(`id = '${sent.id}' AND leave_sent_at IS NOT NULL`)).toBe(1))
    // Each took one of the next slots. In order of arrival they would have been the last.
    expect(afterOrder).toBeGreaterThan(bookings / 2)
    expect(await waiting()).toBeGreaterThan(bookings / 3)
  })

  test('has each booking once, however often the sweep runs', async () => {
    const before = await waiting()
    await seer.query(`UPDATE meetings SET due_at = now() WHERE processing_status = 'pending'`)
    await seer.sweep('requeue-stuck')
    await seer.query(`UPDATE meetings SET due_at = now() WHERE processing_status = 'pending'`)
    await seer.sweep('requeue-stuck')
    expect(await seer.jobsIn('bots')).toBeLessThanOrEqual(before)
  })

  test('when the queue loses everything, an order for now is found again within seconds', async () => {
    await Promise.all(seer.workers.splice(0).map((worker) => worker.end('SIGTERM')))
    const { id } = await seer.order({ meetingUrl: meetingLink() })
    await seer.loseQueue()
    await seer.startWorker()
    await eventually(async () => expect((await seer.bot(id)).state).toBe('queued'))
  })
})
