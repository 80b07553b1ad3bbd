import { readFileSync } from 'node:fs'
import { marked } from 'marked'
import type { ApiScope } from './api-scope.ts'

/** The documents that the reference sends its readers to, by their names below `/docs`. */
const guides = {
  errors: 'Errors',
  events: 'Events',
  recordings: 'Recordings',
  rules: 'Recording rules',
  webhooks: 'Webhooks',
} as const

/** The client that the page on events shows. */
const browserClient = 'seer-events.js'

/** The same path from the sources and from the build. */
const folder = new URL('../../../docs/', import.meta.url)

const style = `
  :root { color-scheme: light dark }
  body { margin: 0 auto; max-width: 60rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif }
  table { border-collapse: collapse; display: block; overflow-x: auto }
  th, td { border: 1px solid color-mix(in srgb, currentcolor 25%, transparent); padding: .3rem .6rem; text-align: left; vertical-align: top }
  pre { overflow-x: auto; padding: .8rem; background: color-mix(in srgb, currentcolor 8%, transparent) }
  code { overflow-wrap: anywhere }
  td:first-child code { overflow-wrap: break-word }`

/**
 * Serves documents of the repository as pages, because callers need them together with the reference, such as
 * `/docs/errors`. A browser that asks for the root of the server is sent to the reference.
 */
export function guideRoutes(app: ApiScope, { referencePath }: { referencePath: string }): void {
  app.route({
    method: 'GET',
    url: '/',
    config: { access: 'public' },
    schema: { hide: true },
    handler: async (_request, reply) => reply.redirect(referencePath, 302),
  })
  const serve = (name: string, type: string, text: string) =>
    app.route({
      method: 'GET',
      url: `${referencePath}/${name}`,
      config: { access: 'public' },
      schema: { hide: true },
      handler: async (_request, reply) =>
        reply
          .type(`${type}; charset=utf-8`)
          .serializer((content: string) => content)
          .send(text),
    })
  const read = (file: string) => readFileSync(new URL(file, folder), 'utf8')
  for (const [name, title] of Object.entries(guides)) {
    serve(name, 'text/html', toPage(title, marked.parse(read(`${name}.md`), { async: false })))
  }
  serve(browserClient, 'text/javascript', read(browserClient))
}

function toPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Seer</title>
<style>${style}</style>
<nav><a href="/docs">API reference</a></nav>
${body}
</html>
`
}
