/** A customer's server that gets webhooks, and does with them what a test says. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export type Received = { path: string; id: string; headers: IncomingMessage['headers']; body: string; at: number }
type Answer = (response: ServerResponse) => void

export type Receiver = {
  /** The address for a path. */
  url(path: string): string
  /** What came to a path, oldest first. */
  at(path: string): Received[]
  /** How a path answers from now on; with 204 before. */
  answers(path: string, answer: Answer): void
  close(): void
}

export async function openReceiver(): Promise<Receiver> {
  const received: Received[] = []
  const answers = new Map<string, Answer>()
  const server = createServer(async (request, response) => {
    const path = request.url ?? ''
    const body = await text(request)
    received.push({ path, id: String(request.headers['webhook-id']), headers: request.headers, body, at: Date.now() })
    response.on('error', () => {})
    const answer = answers.get(path) ?? status(204)
    answer(response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: (path) => origin + path,
    at: (path) => received.filter((each) => each.path === path),
    answers: (path, answer) => void answers.set(path, answer),
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(code, headers).end('said so')

export const never: Answer = () => {}

/** Without end, a byte at a time. */
export const byteByByte: Answer = (response) => {
  response.writeHead(200)
  const timer = setInterval(() => response.write('.'), 200)
  response.on('close', () => clearInterval(timer))
}

/** As fast as the other side reads. */
export const megabytes =
  (count: number): Answer =>
  (response) => {
    response.writeHead(200)
    let left = count * 16
    const fill = (): void => {
      while (left > 0 && !response.destroyed) {
        left -= 1
        if (!response.write(Buffer.alloc(65_536, 'x'))) return void response.once('drain', fill)
      }
      response.end()
    }
    fill()
  }
