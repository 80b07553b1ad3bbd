import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What its token endpoint does: answers a page with this status, hangs up, or never answers. */
type TokenEndpoint = number | 'hangs up' | 'is silent'

/** A server in trouble. Without `metadata` it answers 503 to whoever asks for them. */
export async function openBrokenServer(tokenEndpoint: TokenEndpoint = 503) {
  const http = createServer((request, response) => {
    const isMetadata = request.url?.includes('.well-known') === true
    broken.requests[isMetadata ? 'metadata' : 'token'] += 1
    if (!isMetadata) return fail(response, tokenEndpoint)
    if (!broken.metadata) return fail(response, 503)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(broken.metadata))
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const broken = {
    port,
    url: `http://127.0.0.1:${port}`,
    requests: { metadata: 0, token: 0 },
    metadata: null as object | null,
    async close() {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
  return broken
}

function fail(response: ServerResponse, how: TokenEndpoint): void {
  if (how === 'hangs up') response.destroy()
  else if (how !== 'is silent') response.writeHead(how, { 'content-type': 'text/html' }).end('<p>Sorry')
}

export const metadataOf = (issuer: string) => ({
  issuer,
  authorization_endpoint: `${issuer}/auth`,
  token_endpoint: `${issuer}/token`,
})
