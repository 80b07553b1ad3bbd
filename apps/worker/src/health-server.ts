import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { WorkersStatus } from '@seer/infra/queue/run/start-workers'
import { within } from '@seer/infra/within'
import type { Registry } from 'prom-client'

type Check = { status: 'ok' | 'down'; detail?: string }

export type HealthDeps = {
  host: string
  /** 0 takes a free port. */
  port: number
  db: { ping(): Promise<void> }
  queue: { ping(): Promise<void> }
  storage: { check(): Promise<void> }
  downloads: { check(): Promise<void> }
  workers: { status(): WorkersStatus }
  metrics: Pick<Registry, 'contentType' | 'metrics'>
}

export type HealthServer = { port: number; close(): Promise<void> }

/** Database or queue count as down when they have not answered by then, so that the route can answer. */
const checkWithinMs = 2_000

/**
 * The worker's health routes. `/live` says whether its loops run. `/ready` also says whether database and queue answer.
 * `/` also says whether recordings can be copied and stored: bots and webhooks do without. Status 200 when all is well,
 * otherwise 503. `/metrics` has the metrics of this worker for Prometheus.
 * @throws Error with one sentence when the port is taken
 */
export async function openHealthServer(deps: HealthDeps): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0]
    if (path === '/live') return answer(response, { workers: checkWorkers(deps) })
    if (path === '/ready') return void checkReady(deps).then((checks) => answer(response, checks))
    if (path === '/') return void checkAll(deps).then((checks) => answer(response, checks))
    if (path === '/metrics') return void deps.metrics.metrics().then((text) => tell(response, deps, text))
    response.writeHead(404).end()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(describe(error, deps)))
    server.listen(deps.port, deps.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function describe(error: NodeJS.ErrnoException, { host, port }: HealthDeps): Error {
  if (error.code !== 'EADDRINUSE') return error
  return new Error(
    `Port ${port} on ${host} is in use. Choose another for the worker's health routes: WORKER_PORT=3003.`,
  )
}

async function checkReady(deps: HealthDeps): Promise<Record<string, Check>> {
  const [database, queue] = await Promise.all([check(deps.db.ping()), check(deps.queue.ping())])
  return { workers: checkWorkers(deps), database, queue }
}

async function checkAll(deps: HealthDeps): Promise<Record<string, Check>> {
  const checks = [checkReady(deps), check(deps.storage.check()), check(deps.downloads.check())] as const
  const [ready, storage, downloads] = await Promise.all(checks)
  return { ...ready, storage, downloads }
}

function checkWorkers({ workers }: HealthDeps): Check {
  const { alive, queues } = workers.status()
  if (alive) return { status: 'ok' }
  const stopped = queues.filter(({ running }) => !running).map(({ queue }) => queue)
  return { status: 'down', detail: `The worker takes no more jobs from: ${stopped.join(', ')}.` }
}

async function check(answering: Promise<void>): Promise<Check> {
  try {
    await within(checkWithinMs, answering, () => new Error(`No answer within ${checkWithinMs} ms.`))
    return { status: 'ok' }
  } catch (error) {
    return { status: 'down', detail: error instanceof Error ? error.message : String(error) }
  }
}

function tell(response: ServerResponse, { metrics }: HealthDeps, text: string): void {
  response.writeHead(200, { 'content-type': metrics.contentType }).end(text)
}

function answer(response: ServerResponse, checks: Record<string, Check>): void {
  const isWell = Object.values(checks).every(({ status }) => status === 'ok')
  const body = JSON.stringify({ data: { status: isWell ? 'ok' : 'down', checks } })
  response.writeHead(isWell ? 200 : 503, { 'content-type': 'application/json' }).end(body)
}
