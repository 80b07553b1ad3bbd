import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the token endpoint does: it answers (a bare status: with a page), hangs up, or never answers. */
export type TokenEndpoint = number | TokenAnswer | 'hangs up' | 'is silent'
type TokenAnswer = { status: number; headers?: Record<string, string>; body: string | object }

/** A server in trouble. Without `metadata` it answers requests for its metadata with a page and the status `page`. */
export async function openBrokenServer(tokenEndpoint: TokenEndpoint = 503) {
  const http = createServer((request, response) => {
    const isMetadata = request.url?.includes('.well-known') === true
    broken.requests[isMetadata ? 'metadata' : 'token'] += 1
    if (!isMetadata) return fail(response, tokenEndpoint)
    if (!broken.metadata) return fail(response, broken.page)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(broken.metadata))
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const broken = {
    port,
    url: `http://127.0.0.1:${port}`,
    requests: { metadata: 0, token: 0 },
    metadata: null as object | null,
    page: 503,
    async close() {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
  return broken
}

function fail(response: ServerResponse, how: TokenEndpoint): void {
  if (how === 'is silent') return
  if (how === 'hangs up') return void response.destroy()
  const { status, headers, body } = typeof how === 'number' ? { status: how, headers: {}, body: '<p>Sorry' } : how
  const [type, text] = typeof body === 'string' ? ['text/html', body] : ['application/json', JSON.stringify(body)]
  response.writeHead(status, { 'content-type': type, ...headers }).end(text)
}

export const metadataOf = (issuer: string) => ({
  issuer,
  authorization_endpoint: `${issuer}/auth`,
  token_endpoint: `${issuer}/token`,
})
