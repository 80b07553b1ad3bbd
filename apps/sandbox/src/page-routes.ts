import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'

const html = 'text/html; charset=utf-8'
const script = 'text/javascript; charset=utf-8'
const files = [
  ['/', 'index.html', html],
  ['/page.css', 'page.css', 'text/css; charset=utf-8'],
  ['/page.js', 'page.js', script],
  ['/bot-card.js', 'bot-card.js', script],
  ['/calendar-card.js', 'calendar-card.js', script],
  ['/calendars.js', 'calendars.js', script],
  ['/card-list.js', 'card-list.js', script],
  ['/dom.js', 'dom.js', script],
  ['/icon.svg', 'icon.svg', 'image/svg+xml'],
] as const

/** The page at `/`: our own static files. Its policy forbids requests to other hosts. */
export function registerPage(app: FastifyInstance): void {
  app.addHook('onSend', async (_request, reply) => {
    reply.headers({ 'content-security-policy': "default-src 'self'", 'cache-control': 'no-cache' })
  })
  for (const [path, name, type] of files) {
    const content = readFileSync(new URL(`../page/${name}`, import.meta.url))
    app.get(path, (_request, reply) => reply.type(type).send(content))
  }
}
