import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { errorLabel } from '../http/vendor-error.ts'
import type { World } from '../world.ts'
import type { RequestFault } from './fault.ts'

type FaultOf<Kind extends RequestFault['kind']> = Extract<RequestFault, { kind: Kind }>

const garbageBodies: Record<FaultOf<'garbage'>['body'], string> = {
  invalid_json: '{"success":true,"data":{"bot_id":',
  wrong_shape: '{"ok":"yes","items":[1,2,3]}',
  html: '<html><body><h1>502 Bad Gateway</h1></body></html>',
  empty: '',
}

/** Lets faults strike the routes of a scope: before a request is read, and after its answer is known. */
export function registerRequestFaults(app: FastifyInstance, world: World): void {
  const struck = new WeakMap<FastifyRequest, RequestFault[]>()
  const circles = new WeakMap<FastifyRequest, string>()
  const pauses = new Pauses()
  app.addHook('onClose', async () => pauses.endAll())

  app.addHook('onRequest', async (request, reply) => {
    const path = request.url.split('?')[0] as string
    const faults = world.faults.strikeRequest({ method: request.method, path })
    struck.set(request, faults)
    for (const fault of faults) {
      if (fault.kind === 'latency') await pauses.wait(fault.ms)
      else if (fault.kind === 'timeout_before') return hangUp(reply, request, pauses.wait(fault.ms))
      else if (fault.kind === 'reset') return hangUp(reply, request, Promise.resolve())
      else if (fault.kind === 'status') return answerStatus(reply, fault)
      else if (fault.kind === 'circle') circles.set(request, enterCircle(request, fault))
    }
  })

  app.addHook('onSend', async (request, reply, payload) => {
    let answer: unknown = payload
    for (const fault of struck.get(request) ?? []) {
      if (fault.kind === 'timeout_after_success' && reply.statusCode < 300) {
        await pauses.wait(fault.ms)
        request.raw.socket.destroy()
      } else if (fault.kind === 'garbage' && reply.statusCode < 300) answer = garble(reply, fault)
      else if (fault.kind === 'no_message') answer = withoutMessage(answer)
      else if (fault.kind === 'circle') answer = inCircle(reply, answer, circles.get(request) ?? '')
      else if (fault.kind === 'truncate') return cutOff(reply, answer)
    }
    return answer
  })
}

async function hangUp(reply: FastifyReply, request: FastifyRequest, when: Promise<void>): Promise<void> {
  reply.hijack()
  await when
  request.raw.socket.destroy()
}

function answerStatus(reply: FastifyReply, fault: FaultOf<'status'>) {
  const { retryAfter, headers } = fault
  const [status = 500] = [fault.status].flat()
  reply.code(status)
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  for (const [name, value] of Object.entries(headers)) reply.header(name, value)
  if (fault.body === 'empty') return reply.send()
  if (fault.body === 'gateway') return reply.send({ message: errorLabel(status) })
  if (fault.body === 'framework') {
    return reply.send({ statusCode: status, error: errorLabel(status), message: 'Injected by the sandbox.' })
  }
  if (fault.body === 'html') {
    return reply.type('text/html').send(`<html><body><h1>${status} ${errorLabel(status)}</h1></body></html>`)
  }
  const code = fault.code ?? (status === 429 ? 'FST_ERR_TOO_MANY_REQUESTS' : 'INTERNAL_SERVER_ERROR')
  return reply.send({
    success: false,
    error: errorLabel(status),
    code,
    statusCode: status,
    message: 'Injected by the sandbox.',
    details: null,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  })
}

/** Makes the list begin at its first page, whatever cursor was asked for. @returns the cursor after that page */
function enterCircle(request: FastifyRequest, { cursors }: FaultOf<'circle'>): string {
  const query = request.query as { cursor?: string }
  const at = cursors.indexOf(query.cursor ?? '')
  delete query.cursor
  return cursors[(at + 1) % cursors.length] as string
}

/** A list that never ends, because its pages lead to each other. */
function inCircle(reply: FastifyReply, payload: unknown, cursor: string): unknown {
  if (typeof payload !== 'string' || !payload.startsWith('{"success":true')) return payload
  const answer = JSON.stringify({ ...JSON.parse(payload), cursor })
  reply.header('content-length', Buffer.byteLength(answer))
  return answer
}

function garble(reply: FastifyReply, { body }: FaultOf<'garbage'>): string {
  if (body === 'html') reply.type('text/html')
  reply.header('content-length', Buffer.byteLength(garbageBodies[body]))
  return garbageBodies[body]
}

/** An error without `message`, which is optional in the vendor's contract. */
function withoutMessage(payload: unknown): unknown {
  if (typeof payload !== 'string' || !payload.startsWith('{"success":false')) return payload
  const { message: _omitted, ...rest } = JSON.parse(payload)
  return JSON.stringify(rest)
}

/** Promises the whole length, sends half, and breaks the connection. */
function cutOff(reply: FastifyReply, payload: unknown): Readable {
  const whole = Buffer.isBuffer(payload) ? payload : Buffer.from(String(payload ?? ''))
  reply.header('content-length', whole.length)
  const half = async function* () {
    yield whole.subarray(0, Math.floor(whole.length / 2))
    await setImmediate()
    throw new Error('Cut off by fault "truncate".')
  }
  return Readable.from(half(), { objectMode: false })
}

/** Waits in real time. They end at once when the server closes. */
class Pauses {
  readonly #running = new Map<NodeJS.Timeout, () => void>()

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#running.delete(timer)
        resolve()
      }, ms)
      this.#running.set(timer, resolve)
    })
  }

  endAll(): void {
    for (const [timer, resolve] of this.#running) {
      clearTimeout(timer)
      resolve()
    }
    this.#running.clear()
  }
}
