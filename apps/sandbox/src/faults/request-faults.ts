import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { errorLabel } from '../http/vendor-error.ts'
import type { World } from '../world.ts'
import { asStream, chunksOf, firstBytes, slowed, withWrongByte } from './body-faults.ts'
import type { Fault, RequestFault } from './fault.ts'

type FaultOf<Kind extends RequestFault['kind']> = Extract<RequestFault, { kind: Kind }>

const garbageBodies: Record<FaultOf<'garbage'>['body'], string> = {
  invalid_json: '{"success":true,"data":{"bot_id":',
  wrong_shape: '{"ok":"yes","items":[1,2,3]}',
  html: '<html><body><h1>502 Bad Gateway</h1></body></html>',
  empty: '',
}

/** Sends an error as the service of a scope would. `code` is its own name of the error. */
export type AnswerError = (reply: FastifyReply, status: number, code: string | undefined, fault: StatusFault) => unknown
type StatusFault = FaultOf<'status'>

/**
 * Lets faults strike the routes of a scope: before a request is read, while its body comes, and after its answer is known.
 * @param answerError what `vendor` means in a fault of kind `status`
 */
export function registerRequestFaults(
  app: FastifyInstance,
  world: World,
  answerError: AnswerError = answerAsVendor,
): void {
  const struck = new WeakMap<FastifyRequest, RequestFault[]>()
  const circles = new WeakMap<FastifyRequest, string>()
  const pauses = new Pauses()
  app.addHook('onClose', async () => pauses.endAll())
  world.faults.onRemoved((fault) => pauses.endFor(fault))

  app.addHook('onRequest', async (request, reply) => {
    const path = request.url.split('?')[0] as string
    const faults = world.faults.strikeRequest({ method: request.method, path })
    struck.set(request, faults)
    for (const fault of faults) {
      if (fault.kind === 'latency') await pauses.wait(fault.ms, fault)
      else if (fault.kind === 'timeout_before') return hangUp(reply, request, pauses.wait(fault.ms))
      else if (fault.kind === 'reset') return hangUp(reply, request, Promise.resolve())
      else if (fault.kind === 'redirect')
        return reply.redirect(`${new URL(fault.to).origin}${request.url}`, fault.status)
      else if (fault.kind === 'status') return answerStatus(reply, fault, answerError)
      else if (fault.kind === 'circle') circles.set(request, enterCircle(request, fault))
    }
  })

  app.addHook('preParsing', async (request, _reply, payload) => {
    let body: Readable = payload as Readable
    for (const fault of struck.get(request) ?? []) {
      if (!hasBody(request)) break
      if (fault.kind === 'slow') body = asStream(slowed(chunksOf(body), fault.bytesPerSecond, pauses.wait))
      else if (fault.kind === 'wrong_bytes') body = asStream(withWrongByte(chunksOf(body)))
      else if (fault.kind === 'cut') body = cutUpload(request, body)
    }
    return body
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
      else if (fault.kind === 'etag') replaceTag(reply, fault)
      else if (fault.kind === 'truncate') return cutOff(reply, answer, fault)
      else if (fault.kind === 'wrong_bytes' && !hasBody(request)) answer = flowing(reply, answer, withWrongByte)
      else if (fault.kind === 'slow' && !hasBody(request)) {
        answer = flowing(reply, answer, (chunks) => slowed(chunks, fault.bytesPerSecond, pauses.wait))
      }
    }
    return answer
  })
}

async function hangUp(reply: FastifyReply, request: FastifyRequest, when: Promise<void>): Promise<void> {
  reply.hijack()
  await when
  request.raw.socket.destroy()
}

function answerStatus(reply: FastifyReply, fault: StatusFault, answerError: AnswerError) {
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
  return answerError(reply, status, fault.code, fault)
}

function answerAsVendor(reply: FastifyReply, status: number, given: string | undefined, { retryAfter }: StatusFault) {
  const code = given ?? (status === 429 ? 'FST_ERR_TOO_MANY_REQUESTS' : 'INTERNAL_SERVER_ERROR')
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

function replaceTag(reply: FastifyReply, { value }: FaultOf<'etag'>): void {
  const tag = reply.getHeader('etag')
  if (tag === undefined) return
  reply.removeHeader('etag')
  if (value === 'weak') reply.header('etag', `W/${String(tag)}`)
  else if (value === 'changing') reply.header('etag', `"${randomUUID()}"`)
}

/** Promises the whole length, sends only a part, and breaks the connection. */
function cutOff(reply: FastifyReply, payload: unknown, { bytes }: FaultOf<'truncate'>): Readable {
  const length = lengthOf(reply, payload)
  reply.header('content-length', length)
  return asStream(firstBytes(chunksOf(payload), bytes ?? Math.floor(length / 2), 'truncate'))
}

/** A stream in place of the answer, with its length. */
function flowing(
  reply: FastifyReply,
  payload: unknown,
  change: (chunks: AsyncIterable<Buffer>) => AsyncIterable<Buffer>,
) {
  reply.header('content-length', lengthOf(reply, payload))
  return asStream(change(chunksOf(payload)))
}

function lengthOf(reply: FastifyReply, payload: unknown): number {
  if (payload instanceof Readable) return Number(reply.getHeader('content-length') ?? 0)
  return Buffer.isBuffer(payload) ? payload.length : Buffer.byteLength(String(payload ?? ''))
}

const hasBody = ({ method, headers }: FastifyRequest): boolean =>
  method !== 'GET' && method !== 'HEAD' && Number(headers['content-length'] ?? 0) > 0

/** Takes half of a body, and breaks the connection. */
function cutUpload(request: FastifyRequest, body: Readable): Readable {
  const { socket } = request.raw
  const upload = asStream(firstBytes(chunksOf(body), Math.floor(Number(request.headers['content-length']) / 2), 'cut'))
  return upload.once('error', () => socket.destroy())
}

type Pause = { timer: NodeJS.Timeout; end: () => void; fault: Fault | undefined }

/** Waits in real time. They end at once when the server closes, and those for a fault when it is removed. */
class Pauses {
  readonly #running = new Set<Pause>()

  readonly wait = (ms: number, fault?: Fault): Promise<void> =>
    new Promise((resolve) => {
      const end = () => {
        clearTimeout(pause.timer)
        this.#running.delete(pause)
        resolve()
      }
      const pause: Pause = { timer: setTimeout(end, ms), end, fault }
      this.#running.add(pause)
    })

  endFor(fault: Fault): void {
    for (const pause of [...this.#running]) if (pause.fault === fault) pause.end()
  }

  endAll(): void {
    for (const pause of [...this.#running]) pause.end()
  }
}
