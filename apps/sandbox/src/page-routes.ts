import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'

const files = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/page.css', 'page.css', 'text/css; charset=utf-8'],
  ['/page.js', 'page.js', 'text/javascript; charset=utf-8'],
] as const

/** The page at `/`: static files of our own, no request to anywhere else. */
export function registerPage(app: FastifyInstance): void {
  for (const [path, name, type] of files) {
    const content = readFileSync(new URL(`../page/${name}`, import.meta.url))
    app.get(path, (_request, reply) =>
      reply
        .type(type)
        .header('content-security-policy', "default-src 'self'")
        .header('cache-control', 'no-cache')
        .send(content),
    )
  }
}
