import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** `lagMs`: from the time that the event was recorded to its first arrival. */
export type Arrival = { lagMs: number; times: number }

export type Receivers = {
  /** The address of one of them, by its index. */
  urlOf(index: number): string
  /** What came to each and was answered with 200, by the id of the event. */
  arrivals: Map<string, Arrival>[]
  /** How these answer from now on; all others with 200. */
  misbehave(behaviours: Map<number, 'hangs' | 'fails'>): void
  close(): Promise<void>
}

/** Receivers of webhooks, all in this process. */
export async function openReceivers(count: number): Promise<Receivers> {
  const arrivals = Array.from({ length: count }, () => new Map<string, Arrival>())
  let bad = new Map<number, 'hangs' | 'fails'>()

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const now = Date.now()
    const index = Number(request.url?.slice(1))
    const body = await text(request)
    const behaviour = bad.get(index)
    if (behaviour === 'hangs') return
    if (behaviour === 'fails') return void response.writeHead(500).end()
    note(arrivals[index] as Map<string, Arrival>, JSON.parse(body).data, now)
    response.writeHead(200).end()
  }

  // A sender that is killed breaks its requests.
  const server = createServer((request, response) => void answer(request, response).catch(() => {}))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    urlOf: (index) => `http://127.0.0.1:${port}/${index}`,
    arrivals,
    misbehave(behaviours) {
      bad = behaviours
    },
    async close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function note(arrivals: Map<string, Arrival>, event: { id: string; recordedAt: string }, now: number): void {
  const seen = arrivals.get(event.id)
  if (seen) seen.times += 1
  else arrivals.set(event.id, { lagMs: now - Date.parse(event.recordedAt), times: 1 })
}
