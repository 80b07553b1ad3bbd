/** The page that a browser shows after a consent if the app named no page of its own. */
import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'

export type ConsentPage = { title: string; sentences: string[] }

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1rem;color:#1b1b1f;
background:#fff}h1{font-size:1.4rem}@media(prefers-color-scheme:dark){body{color:#e6e6ea;background:#16161a}}`

/** Nothing may be loaded or run, and nobody may frame it; the one style is known by its hash. */
const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

export function sendPage(reply: FastifyReply, page: ConsentPage): FastifyReply {
  return reply
    .header('content-security-policy', contentSecurityPolicy)
    .type('text/html; charset=utf-8')
    .serializer((html: string) => html)
    .send(toHtml(page))
}

function toHtml({ title, sentences }: ConsentPage): string {
  const text = sentences.map((sentence) => `<p>${escapeHtml(sentence)}</p>`).join('\n')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${text}
</body>
</html>
`
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}
