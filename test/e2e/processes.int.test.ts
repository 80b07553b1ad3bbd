import { randomUUID } from 'node:crypto'
import { describeOnEachBackend } from '@seer/infra/testing/services'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { meetingLink } from './client.ts'
import { eventually } from './eventually.ts'
import type { Exit, Program } from './program.ts'
import { openSeer, type Seer } from './seer.ts'
import { signed, untilRemoved } from './vendor.ts'

/** Only this path. Otherwise a bot that another test has told to leave would use up the faults for creations. */
const createCall = { method: 'POST', path: '*/v2/bots' }
const inOrder: Exit = { code: 0, signal: null }

describeOnEachBackend('processes that come and go under load', (backend) => {
  let seer: Seer
  beforeAll(async () => {
    seer = await openSeer({ backend, workers: 2 })
  })
  afterEach(() => seer.vendor.clearFaults())
  afterAll(() => seer.close())

  /** Many bots whose webhooks all come several times, so that a step of the clock causes a long burst. */
  async function crowd(size: number): Promise<string[]> {
    await seer.vendor.fault({ kind: 'duplicate', match: { channel: 'webhook' }, copies: 2 })
    const orders = await Promise.all(Array.from({ length: size }, () => seer.order({ meetingUrl: meetingLink() })))
    const ids = orders.map(({ id }) => id)
    await seer.allReach(ids, 'queued')
    return ids
  }

  async function count(condition: string): Promise<number> {
    return (await seer.query(`SELECT count(*)::int AS n FROM webhook_events WHERE ${condition}`))[0].n
  }

  /** Ends a program. It must end in order, within the ten seconds that most orchestrators grant. */
  async function stop(program: Program | undefined): Promise<void> {
    const startedAt = Date.now()
    expect(await program?.end('SIGTERM')).toEqual(inOrder)
    expect(Date.now() - startedAt).toBeLessThan(10_000)
  }

  async function expectAllCompleted(ids: string[]): Promise<void> {
    await seer.allReach(ids, 'completed')
    for (const id of ids) {
      const { timeline } = await seer.bot(id)
      expect(timeline.map(({ seq }) => seq)).toEqual(timeline.map((_, i) => i + 1))
      const facts = timeline.map(({ type, occurredAt }) => `${type} ${occurredAt}`)
      expect(facts).toEqual([...new Set(facts)])
    }
    expect(await count(`state <> 'processed'`)).toBe(0)
  }

  test('after a worker is killed the other does its work, and each webhook has its effect once', async () => {
    const ids = await crowd(20)
    const before = await count(`state = 'processed'`)
    const burst = seer.vendor.advance(3_600)
    await eventually(async () => expect(await count(`state = 'processed'`)).toBeGreaterThan(before + 20))
    expect(await seer.workers.shift()?.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })
    await burst
    await seer.timePasses(2)
    await seer.sweep('requeue-stuck')
    await seer.settled()
    await expectAllCompleted(ids)
  })

  test('a worker that is told to stop ends its jobs or gives them back, and nothing waits for a sweep', async () => {
    const ids = await crowd(20)
    const before = await count(`state = 'processed'`)
    const burst = seer.vendor.advance(3_600)
    await eventually(async () => expect(await count(`state = 'processed'`)).toBeGreaterThan(before + 20))
    await stop(seer.workers.shift())
    await burst
    await seer.startWorker()
    await seer.settled()
    await expectAllCompleted(ids)
  })

  test('an API that is told to stop loses no acknowledged webhook and no accepted order', async () => {
    const reports: string[] = []
    const orders: string[] = []
    // These senders go on until nobody answers.
    const senders = [
      ...Array.from({ length: 12 }, async () => {
        for (let id = await report(); id !== null; id = await report()) reports.push(id)
      }),
      ...Array.from({ length: 4 }, async () => {
        for (let id = await order(); id !== null; id = await order()) orders.push(id)
      }),
    ]
    await eventually(() => expect(Math.min(reports.length / 100, orders.length / 20)).toBeGreaterThan(1))
    await stop(seer.api())
    await Promise.all(senders)
    const [stored] = await seer.query(
      `SELECT (SELECT count(*)::int FROM webhook_events WHERE message_id = ANY($1)) AS reports,
        (SELECT count(*)::int FROM meetings WHERE id = ANY($2)) AS orders`,
      [reports, orders],
    )
    expect(stored).toEqual({ reports: reports.length, orders: orders.length })
    await seer.startApi()
    await seer.timePasses(2)
    await seer.sweep('requeue-stuck')
    await seer.settled()
    await seer.allReach(orders, 'queued')
    const bots = (await seer.vendor.bots()).flatMap(({ extra }) => Object.values(extra ?? {}))
    expect(bots.filter((id) => orders.includes(id as string))).toHaveLength(orders.length)
  })

  test('a worker that is killed at any moment of a creation leaves exactly one bot', async () => {
    await seer.vendor.fault({ kind: 'timeout_after_success', ms: 60_000, match: createCall, times: 1 })
    const unanswered = await seer.order({ meetingUrl: meetingLink() })
    await eventually(async () => expect(await seer.vendor.botsOf(unanswered.id)).toHaveLength(1))

    const struck = await seer.vendor.fault({ ...untilRemoved, match: createCall, times: 3 })
    const onItsWay = await seer.order({ meetingUrl: meetingLink() })
    await eventually(async () => expect(await struck()).toBe(1))

    const begun = await seer.order({ meetingUrl: meetingLink() })
    await eventually(async () => {
      const [row] = await seer.query('SELECT create_attempts AS attempts FROM meetings WHERE id = $1', [begun.id])
      expect(row.attempts).toBe(1)
    })

    const accepted = await seer.order({ meetingUrl: meetingLink() })
    expect(await seer.workers.shift()?.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })
    await seer.vendor.clearFaults()
    const whileNobodyWorks = await seer.order({ meetingUrl: meetingLink() })

    await seer.startWorker()
    await seer.timePasses(2)
    await seer.sweep('requeue-stuck')
    for (const { id } of [unanswered, onItsWay, begun, accepted, whileNobodyWorks]) {
      const { meetingBaasId } = await seer.reaches(id, 'queued')
      expect(await seer.vendor.botsOf(id)).toMatchObject([{ botId: meetingBaasId }])
    }
  })

  /** Sends a webhook. Returns its message id; null when it was not acknowledged. */
  async function report(): Promise<string | null> {
    const bot = { bot_id: randomUUID(), status: { code: 'joining_call', created_at: new Date().toISOString() } }
    const body = JSON.stringify({ event: 'bot.status_change', data: bot })
    const headers: Record<string, string> = { 'content-type': 'application/json', ...signed(body) }
    const answer = await fetch(`${seer.apiUrl}/api/meetingbaas/webhooks`, { method: 'POST', headers, body }).catch(
      () => null,
    )
    return answer?.ok ? (headers['svix-id'] ?? null) : null
  }

  /** Orders a bot. Returns its id; null when it was not accepted. */
  async function order(): Promise<string | null> {
    const answer = await seer.call('POST', '/meetingbaas/bots', { meetingUrl: meetingLink() }).catch(() => null)
    return answer?.status === 202 ? answer.body.data.id : null
  }
})
