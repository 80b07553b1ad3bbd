import type { FastifyInstance, FastifyReply } from 'fastify'

/**
 * For routes that wait for their caller.
 * @returns a function that gives a signal; it is aborted when the caller has gone, or when this process is told to stop
 */
export function waitingCallers(app: FastifyInstance): (reply: FastifyReply) => AbortSignal {
  const waiting = new Set<AbortController>()
  app.addHook('preClose', async () => {
    for (const controller of waiting) controller.abort()
  })
  return ({ raw }) => {
    const controller = new AbortController()
    waiting.add(controller)
    // The `close` of the answer, because the request closes as soon as its body is read.
    raw.once('close', () => {
      waiting.delete(controller)
      controller.abort()
    })
    return controller.signal
  }
}
