import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'

export type Captured = { method: string; path: string; headers: IncomingMessage['headers']; body: string }
export type Respond = (response: ServerResponse, request: Captured) => void

/**
 * A vendor on loopback that gives the answers that a test sets, and remembers the requests. Like Fastify 5 it refuses a
 * request that declares JSON and has no body, except GET.
 */
export async function openCaptureServer() {
  const requests: Captured[] = []
  let respond: Respond = (response) => void response.writeHead(500).end()
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { method = '', url: path = '', headers } = request
    const captured = { method, path, headers, body: Buffer.concat(chunks).toString() }
    requests.push(captured)
    const isEmptyJson = captured.body === '' && headers['content-type']?.includes('json')
    if (isEmptyJson && method !== 'GET') json(400, fastifyEmptyBody)(response, captured)
    else respond(response, captured)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    /** Sets all further answers, and forgets the requests so far. */
    answer(next: Respond) {
      requests.length = 0
      respond = next
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const fastifyEmptyBody = {
  statusCode: 400,
  code: 'FST_ERR_CTP_EMPTY_JSON_BODY',
  error: 'Bad Request',
  message: "Body cannot be empty when content-type is set to 'application/json'",
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Respond {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  }
}

export function text(status: number, body: string): Respond {
  return (response) => void response.writeHead(status, { 'content-type': 'text/html' }).end(body)
}

/**
 * Never stops by itself. `pipeline` stops when the other side has hung up, however that shows. A write may fail with
 * ECONNRESET while `response.destroyed` is still false (Node 24 and newer). A loop that checks only `destroyed` would
 * run for ever and block the process.
 */
export const endless: Respond = (response) => void pipeline(spaces, response, () => {})

function* spaces() {
  const chunk = Buffer.alloc(1024 * 1024, ' ')
  while (true) yield chunk
}

/** The vendor's error body. */
export function vendorError(status: number, code: string, more: object = {}): Respond {
  return json(status, { success: false, error: 'Label', code, statusCode: status, message: 'Some sentence.', ...more })
}

/** The error of the vendor's framework, which is sent before the vendor's own code runs. */
export function fastifyError(status: number, code: string): Respond {
  return json(status, { statusCode: status, code, error: 'Label', message: 'Some sentence.' })
}
