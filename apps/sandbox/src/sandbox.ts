import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { registerControlApi } from './control/control-api.ts'
import { registerRequestFaults } from './faults/request-faults.ts'
import { registerFileRoutes } from './files/file-routes.ts'
import { registerVendorApi } from './http/vendor-api.ts'
import { registerPage } from './page-routes.ts'
import { registerS3, s3Path } from './s3/s3-routes.ts'
import { region } from './s3/signature.ts'
import { resolveSettings, type SandboxOptions, type Settings } from './settings.ts'
import { deepgramPath, openaiPath, registerSpeech } from './speech/speech-routes.ts'
import { keepState } from './state/state-file.ts'
import { createWorld, type World } from './world.ts'

export type { SandboxOptions } from './settings.ts'

/** In bytes. The live service's body limit is not published; this is Fastify's default. */
const bodyLimit = 1024 * 1024

/** A running sandbox. Its state is in memory, and also in a file if `stateFile` names one. */
export type Sandbox = {
  /** The address it listens on, e.g. `http://127.0.0.1:3100`; the base URL for the SDK. */
  readonly url: string
  /** The S3 endpoint. `environment` is what the AWS SDK reads; its secret is visibly fake. */
  readonly s3: { url: string; buckets: readonly string[]; environment: Record<string, string> }
  /** The speech services; their key is visibly fake. */
  readonly speech: { deepgramUrl: string; openaiUrl: string; key: string }
  /** The virtual time, in ms since 1970. */
  now(): number
  /** Moves virtual time forward. Resolves when everything due on the way is done, deliveries included. */
  advance(seconds: number): Promise<void>
  /** Like `advance`, to a time in ms since 1970. */
  jumpTo(time: number): Promise<void>
  /** Virtual seconds per real second; 0 freezes time. */
  setSpeed(speed: number): void
  /** Forgets bots, rules, faults and deliveries, and restores the configured endpoints. The clock goes on. */
  reset(): void
  /** Stops listening, sending and waiting. Nothing is left running. */
  close(): Promise<void>
}

/** Starts a sandbox. Rejects with the system's error (`EADDRINUSE`, …) when it cannot listen. */
export async function buildSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const settings = resolveSettings(options)
  const world = createWorld(settings)
  const stopKeeping = settings.stateFile === undefined ? () => {} : keepState(world, settings.stateFile)
  const app = createServer(settings, world)
  try {
    await app.listen({ port: settings.port, host: settings.host })
  } catch (error) {
    await Promise.all([app.close(), world.close()])
    world.s3.close()
    throw error
  }
  const url = urlOf(app, settings.host)
  world.presigner.baseUrl = settings.publicUrl ?? url
  return {
    url,
    s3: s3Of(settings, url),
    speech: speechOf(settings, url),
    now: () => world.clock.now(),
    advance: (seconds) => world.clock.advance(seconds * 1000),
    jumpTo: (time) => world.clock.jumpTo(time),
    setSpeed: (speed) => world.clock.setSpeed(speed),
    reset: () => world.reset(),
    close: async () => {
      stopKeeping()
      await world.close()
      await app.close()
      world.s3.close()
    },
  }
}

function createServer(settings: Settings, world: World): FastifyInstance {
  const app = Fastify({ bodyLimit, forceCloseConnections: true })
  app.addHook('onRequest', async () => world.clock.catchUp())
  if (settings.onRequest) app.addHook('onRequest', logLine(settings.onRequest))
  app.register(async (scope) => registerVendorApi(scope, world))
  app.register(async (scope) => {
    registerRequestFaults(scope, world)
    registerFileRoutes(scope, world)
  })
  app.register(async (scope) => registerS3(scope, world))
  app.register(async (scope) => registerSpeech(scope, world))
  app.register(async (scope) => registerControlApi(scope, world))
  app.register(async (scope) => registerPage(scope))
  return app
}

function s3Of({ publicUrl, s3Buckets, s3Credentials }: Settings, url: string): Sandbox['s3'] {
  const { accessKeyId, secretAccessKey } = s3Credentials
  const environment = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region }
  return { url: `${publicUrl ?? url}${s3Path}`, buckets: s3Buckets, environment }
}

function speechOf({ publicUrl, speechKey: key }: Settings, url: string): Sandbox['speech'] {
  const base = publicUrl ?? url
  return { deepgramUrl: `${base}${deepgramPath}`, openaiUrl: `${base}${openaiPath}`, key }
}

/** For example `GET /files/…/output.mp4 bytes=100- 206 3 ms`, also for an answer that breaks off. */
function logLine(write: (line: string) => void) {
  return async ({ method, url, headers }: FastifyRequest, reply: FastifyReply) => {
    // Fastify times answers only for hooks that do not hear of answers that break off.
    const startedAt = performance.now()
    reply.raw.once('close', () => {
      const end = reply.raw.writableFinished ? [] : ['broken off']
      const range = headers.range === undefined ? [] : [headers.range]
      const took = `${Math.round(performance.now() - startedAt)} ms`
      write([method, url.split('?')[0], ...range, reply.statusCode, took, ...end].join(' '))
    })
  }
}

function urlOf(app: FastifyInstance, host: string): string {
  const address = app.server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}
