import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { Webhook } from 'standardwebhooks'
import type { ProcessGroup } from '../local/processes.ts'
import type { Stack } from '../local/stack.ts'
import { openApi } from './api.ts'

const pollMs = 50
const shownAtMost = 12

type FeedEvent = { id: string; position: number; type: string }

/** Webhooks that came and whose signatures are right, by their `webhook-id`. */
export type Received = ReadonlyMap<string, FeedEvent>

/**
 * Starts a small receiver, as an app would have one, and has the events of all users sent to it. It answers 401 to whatever is
 * not signed with the secret of the endpoint.
 */
export async function receiveWebhooks(stack: Stack, group: ProcessGroup, signal: AbortSignal): Promise<Received> {
  const received = new Map<string, FeedEvent>()
  const secret = `whsec_${randomBytes(32).toString('base64')}`
  const webhook = new Webhook(secret)
  const server = createServer(async (request, response) => {
    const body = await text(request)
    try {
      const { data } = webhook.verify(body, request.headers as Record<string, string>) as { data: FeedEvent }
      received.set(String(request.headers['webhook-id']), data)
      response.writeHead(204).end()
    } catch {
      response.writeHead(401).end()
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  group.onStop(async () => {
    server.close()
    server.closeAllConnections()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`
  const api = openApi(stack, signal)
  await api.post('/webhook-endpoints', { url, events: ['*'], secret })
  console.log(`\nA receiver at ${url} gets all events as signed webhooks.`)
  return received
}

/**
 * Shows the feed beside the webhooks.
 * @throws {Error} when an event of the feed does not come as a webhook, or another one does
 */
export async function showEvents(stack: Stack, received: Received, signal: AbortSignal): Promise<void> {
  const api = openApi(stack, signal)
  const feed = (await api.get<FeedEvent[]>('/events?limit=1000')).filter(({ type }) => !type.startsWith('endpoint.'))
  const isSent = ({ id }: FeedEvent) => received.has(id)
  const first = feed.findIndex(isSent)
  const wanted = feed.slice(Math.max(first, 0))
  while (!(wanted.length > 0 && wanted.every(isSent))) await delay(pollMs, undefined, { signal })
  console.log(
    `\nThe feed beside the webhooks, whose signatures were verified (the last ${shownAtMost} of ${wanted.length}):\n`,
  )
  for (const { id, position, type } of wanted.slice(-shownAtMost)) {
    const webhook = received.get(id) as FeedEvent
    if (webhook.position !== position || webhook.type !== type) throw new Error(`The webhook ${id} is another event.`)
    console.log(`  ${String(position).padStart(4)}  ${type.padEnd(26)} ${id}`)
  }
  console.log('\nEach has the same id in both. An app that was away reads on with GET /events?after=…')
}
