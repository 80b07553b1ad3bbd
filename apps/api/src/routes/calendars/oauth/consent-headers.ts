import type { FastifyReply, FastifyRequest } from 'fastify'

/** Whether a browser sent the request, and not a program. */
export function isBrowser({ headers }: FastifyRequest): boolean {
  return /\btext\/html\b/i.test(headers.accept ?? '')
}

/** These addresses hold secrets: no cache keeps them, and no page learns them from `Referer`. */
export function keepPrivate(reply: FastifyReply): FastifyReply {
  return reply.headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
}
