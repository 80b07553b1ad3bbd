/** Webhooks out: API and worker as processes, the sandbox as Meeting BaaS, and a customer's server that misbehaves. */
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { meetingLink } from './client.ts'
import { eventually } from './eventually.ts'
import { byteByByte, megabytes, never, openReceiver, type Received, type Receiver, status } from './receiver.ts'
import { openSeer, type Seer, usualBackend } from './seer.ts'

let seer: Seer
let receiver: Receiver
beforeAll(async () => {
  receiver = await openReceiver()
  const env = { ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'), PRIVATE_HOSTS: '127.0.0.1' }
  seer = await openSeer({ backend: usualBackend(), env })
})
afterAll(async () => {
  receiver.close()
  await seer?.close()
})

type Endpoint = { id: string; secret: string; path: string }

const hooks = '/meetingbaas/webhook-endpoints'

async function ask(method: string, path: string, body?: object, expected = 200) {
  const answer = await seer.call(method, path, body)
  expect(answer.status, JSON.stringify(answer.body)).toBe(expected)
  return answer.body.data
}

async function added(path: string): Promise<Endpoint> {
  const order = { url: receiver.url(path), events: ['bot.*'] }
  return { path, ...(await ask('POST', hooks, order, 201)) }
}

const shown = async ({ id }: Endpoint) => await ask('GET', `${hooks}/${id}`)
const deliveriesOf = async ({ id }: Endpoint, query = '') => await ask('GET', `${hooks}/${id}/deliveries${query}`)
const idsAt = (path: string) => new Set(receiver.at(path).map(({ id }) => id))

/** The ids of a bot's events in the feed. */
async function feedOf(botId: string): Promise<string[]> {
  const { body } = await seer.call('GET', `/meetingbaas/events?subject=bot:${botId}&limit=1000`)
  return body.data.map(({ id }: { id: string }) => id)
}

/** A bot through its whole meeting, whose events have come to this path. */
async function recorded(path: string): Promise<{ botId: string; ids: string[] }> {
  const { id: botId } = await seer.order({ meetingUrl: meetingLink() })
  await seer.reaches(botId, 'queued')
  await seer.playOut()
  await seer.reaches(botId, 'completed')
  await seer.recordingsOf(botId)
  const ids = await eventually(async () => {
    const found = await feedOf(botId)
    expect([...idsAt(path)]).toEqual(expect.arrayContaining(found))
    return found
  })
  return { botId, ids }
}

describe('endpoints that misbehave', () => {
  let endpoints: Record<'good' | 'broken' | 'gone' | 'away' | 'huge' | 'silent' | 'slow', Endpoint>
  let ids: string[]
  let startedAt: number
  beforeAll(async () => {
    receiver.answers('/broken', status(500))
    receiver.answers('/gone', status(410))
    receiver.answers('/away', status(302, { location: receiver.url('/inside') }))
    receiver.answers('/huge', megabytes(100))
    receiver.answers('/silent', never)
    receiver.answers('/slow', byteByByte)
    const names = ['good', 'broken', 'gone', 'away', 'huge', 'silent', 'slow'] as const
    const made = await Promise.all(names.map(async (name) => [name, await added(`/${name}`)] as const))
    endpoints = Object.fromEntries(made) as typeof endpoints
    startedAt = Date.now()
    ids = (await recorded('/good')).ids
  })

  test('delay no other: each event comes once, signed, under the id of the feed', async () => {
    const received = receiver.at('/good')
    expect(ids.length).toBeGreaterThan(5)
    expect(received.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
    const webhook = new Webhook(endpoints.good.secret)
    for (const { id, headers, body } of received) {
      const { type, data } = webhook.verify(body, headers as Record<string, string>) as { type: string; data: any }
      expect([data.id, data.type]).toEqual([id, type])
    }
    // The slow ones are still on their first attempts: they are given up after 15 seconds.
    expect(received.every(({ at }) => at - startedAt < 14_000)).toBe(true)
  })

  test('that answer 500 are tried again, and the attempts are kept with what was answered', async () => {
    const [newest] = await deliveriesOf(endpoints.broken, '?state=pending')
    expect(newest).toMatchObject({ state: 'pending', nextAttemptAt: expect.any(String) })
    const tried = await eventually(async () => {
      const found = (await deliveriesOf(endpoints.broken)).find(({ attempts }: { attempts: number }) => attempts > 0)
      expect(found).toBeDefined()
      return found
    })
    const { attemptList } = await ask('GET', `${hooks}/${endpoints.broken.id}/deliveries/${tried.id}`)
    expect(attemptList[0]).toMatchObject({ number: 1, status: 500, answer: 'said so', problem: null })
    expect(await shown(endpoints.broken)).toMatchObject({ state: 'active', failures: expect.any(Number) })
  })

  test('that answer 410 are disabled at once; what follows is held', async () => {
    expect(await shown(endpoints.gone)).toMatchObject({ state: 'disabled', disabledBecause: 'gone' })
    const held = await deliveriesOf(endpoints.gone, '?state=held')
    expect(held.length).toBe((await deliveriesOf(endpoints.gone)).length)
  })

  test('that redirect have failed, and nobody follows', async () => {
    expect((await deliveriesOf(endpoints.away)).map(({ lastStatus }: any) => lastStatus)).toContain(302)
    expect(receiver.at('/inside')).toEqual([])
  })

  test('that answer with 100 MB are cut off, and have got the event', async () => {
    const [delivery] = await deliveriesOf(endpoints.huge, '?state=delivered')
    const { attemptList } = await ask('GET', `${hooks}/${endpoints.huge.id}/deliveries/${delivery.id}`)
    expect(attemptList[0]).toMatchObject({ status: 200, answer: 'x'.repeat(4_096) })
  })

  test('that never answer, or byte by byte, are given up after 15 seconds', async () => {
    for (const [endpoint, answered] of [
      [endpoints.silent, null],
      [endpoints.slow, 200],
    ] as const) {
      const problems = await eventually(async () => {
        const found = (await deliveriesOf(endpoint)).filter(({ lastProblem }: any) => lastProblem !== null)
        expect(found.length).toBeGreaterThan(0)
        return found
      })
      expect(problems[0]).toMatchObject({ lastStatus: answered, lastProblem: 'timed_out' })
    }
    for (const { id } of [endpoints.silent, endpoints.slow]) await ask('PATCH', `${hooks}/${id}`, { paused: true })
  })

  test('get everything once they work again', async () => {
    receiver.answers('/broken', status(200))
    receiver.answers('/gone', status(204))
    await ask('PATCH', `${hooks}/${endpoints.gone.id}`, { paused: false })
    await seer.timePasses(60)
    await eventually(() => {
      expect([...idsAt('/broken')].toSorted()).toEqual(ids.toSorted())
      expect([...idsAt('/gone')].toSorted()).toEqual(ids.toSorted())
    })
    expect(await shown(endpoints.gone)).toMatchObject({ state: 'active', disabledBecause: null })
  })
})

test('what was held while an endpoint was paused comes when it is active, and one or everything after a position again', async () => {
  const [held, witness] = [await added('/held'), await added('/witness')]
  await ask('PATCH', `${hooks}/${held.id}`, { paused: true })
  const { ids } = await recorded(witness.path)
  expect(receiver.at(held.path)).toEqual([])
  await ask('PATCH', `${hooks}/${held.id}`, { paused: false })
  await eventually(() => expect([...idsAt(held.path)].toSorted()).toEqual(ids.toSorted()))

  const deliveries = await deliveriesOf(held)
  const [last] = deliveries
  await eventually(async () => expect((await deliveriesOf(held, '?state=delivered')).length).toBe(ids.length))
  await ask('POST', `${hooks}/${held.id}/deliveries/${last.id}/retry`, undefined, 202)
  await eventually(() => expect(receiver.at(held.path)).toHaveLength(ids.length + 1))
  await eventually(async () => expect((await deliveriesOf(held, '?state=delivered')).length).toBe(ids.length))
  await ask('POST', `${hooks}/${held.id}/replay`, { after: deliveries.at(-1).position - 1 }, 202)
  await eventually(() => expect(receiver.at(held.path)).toHaveLength(2 * ids.length + 1))
})

test('after a rotation of the secret the old one and the new one verify', async () => {
  const endpoint = await added('/rotated')
  const { secret } = await ask('POST', `${hooks}/${endpoint.id}/rotate-secret`, {})
  expect(secret).not.toBe(endpoint.secret)
  await seer.order({ meetingUrl: meetingLink() })
  const { id, headers, body } = await eventually(() => {
    const [first] = receiver.at(endpoint.path)
    expect(first).toBeDefined()
    return first as Received
  })
  for (const each of [endpoint.secret, secret]) {
    expect(new Webhook(each).verify(body, headers as Record<string, string>)).toMatchObject({ data: { id } })
  }
})

test('what has failed for good is sent again by recover', async () => {
  const endpoint = await added('/failed')
  receiver.answers(endpoint.path, status(503))
  await seer.order({ meetingUrl: meetingLink() })
  const tried = await eventually(async () => {
    const oldest = (await deliveriesOf(endpoint)).at(-1)
    expect(oldest).toMatchObject({ attempts: 1 })
    return oldest
  })
  // As if nine attempts in three days lay behind it, and the tenth were due.
  await seer.query(`UPDATE webhook_deliveries SET attempts = 9, due_at = now() - interval '1 hour' WHERE id = $1`, [
    tried.id,
  ])
  await seer.query('UPDATE webhook_endpoints SET due_at = now(), retry_at = NULL WHERE id = $1', [endpoint.id])
  await eventually(async () =>
    expect(await deliveriesOf(endpoint, '?state=failed')).toMatchObject([{ id: tried.id, attempts: 10 }]),
  )
  receiver.answers(endpoint.path, status(204))
  const since = tried.createdAt
  expect(await ask('POST', `${hooks}/${endpoint.id}/recover`, { since }, 202)).toEqual({ recovered: 1 })
  await eventually(async () =>
    expect((await deliveriesOf(endpoint, '?state=delivered')).map(({ id }: any) => id)).toContain(tried.id),
  )
})

test('a queue that is lost and a worker that is killed with requests on their way cost no event', async () => {
  const endpoint = await added('/survivor')
  receiver.answers(endpoint.path, never)
  const { id: botId } = await seer.order({ meetingUrl: meetingLink() })
  await seer.reaches(botId, 'queued')
  await eventually(() => expect(receiver.at(endpoint.path).length).toBeGreaterThan(0))
  expect(await seer.workers.shift()?.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })
  const unanswered = [...idsAt(endpoint.path)]
  await seer.loseQueue()
  receiver.answers(endpoint.path, status(204))
  await seer.startWorker()
  await seer.timePasses(10)
  await seer.playOut()
  await seer.reaches(botId, 'completed')
  await eventually(async () => expect([...idsAt(endpoint.path)]).toEqual(expect.arrayContaining(await feedOf(botId))))
  const twice = receiver.at(endpoint.path).filter(({ id }) => unanswered.includes(id))
  expect(twice.length).toBeGreaterThan(unanswered.length)
})

test('the numbers are with the worker', async () => {
  const metrics = await (await fetch(`${seer.workerUrls.at(-1)}/metrics`)).text()
  expect(metrics).toMatch(/seer_webhook_attempts_total\{outcome="delivered"\} [1-9]/)
  expect(metrics).toMatch(/seer_webhook_deliveries\{state="held"\} [1-9]/)
  expect(metrics).toMatch(/seer_webhook_delivery_lag_seconds_count [1-9]/)
})
