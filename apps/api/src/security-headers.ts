import type { FastifyInstance } from 'fastify'
import helmet from 'helmet'

/**
 * Pages of this server load nothing from elsewhere: the reference page and the queue board bring all they need. Both
 * set styles from their scripts, which is why only styles have `unsafe-inline`.
 */
const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'self'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    objectSrc: ["'none'"],
    baseUri: ["'self'"],
    frameAncestors: ["'none'"],
    formAction: ["'self'"],
  },
}

/** Made once. `@fastify/helmet` would put all headers together anew for each request, which took 10 µs. */
const setHeaders = helmet({ contentSecurityPolicy, strictTransportSecurity: false })

/** Sets the headers that tell browsers what not to do. The headers about HTTPS are left to the proxy that terminates it. */
export function setSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    setHeaders(request.raw, reply.raw, (error) => done(error as Error | undefined))
  })
}
