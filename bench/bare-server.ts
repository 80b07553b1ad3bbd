/**
 * The routes that the benchmark compares with. `/hmac` and `/insert` do the least that a Fastify route can do: verify a
 * webhook's signature over the raw bytes, or parse JSON and insert one row. `/queue` and `/inline` do what other
 * services do with a webhook: add a job to a queue, as durable as Redis is, or apply the webhook while the sender
 * waits.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { Queue } from 'bullmq'
import fastify, { type FastifyRequest } from 'fastify'
import { Redis } from 'ioredis'
import pg from 'pg'

const [port = '0', secret = '', databaseUrl = '', redisUrl = '', prefix = ''] = process.argv.slice(2)
const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 })
const queue = redisUrl ? new Queue('bare', { connection: new Redis(redisUrl), prefix }) : null
const app = fastify()

const bots = 1_000
const received = { data: { received: true } }

function isSigned({ headers, body }: FastifyRequest): boolean {
  const { 'svix-id': id, 'svix-timestamp': timestamp, 'svix-signature': signature } = headers
  const mac = createHmac('sha256', key)
    .update(`${id}.${timestamp}.`)
    .update(body as Buffer)
    .digest()
  const given = Buffer.from(String(signature).slice('v1,'.length), 'base64')
  return given.length === mac.length && timingSafeEqual(given, mac)
}

/** @throws Error for a forged webhook; a benchmark sends none */
function readWebhook(request: FastifyRequest) {
  if (!isSigned(request)) throw new Error('The signature is wrong.')
  const body = JSON.parse(String(request.body)) as { event: string; data: { status: { code: string } } }
  return { id: String(request.headers['svix-id']), body }
}

/** The load is about unknown bots. Here each stands for one of the known bots. */
const botOf = (messageId: string) => Number.parseInt(messageId.slice('msg_'.length, 'msg_'.length + 6), 16) % bots

async function applyInline(id: string, event: string, status: string, text: string): Promise<void> {
  const bot = botOf(id)
  const select = 'SELECT status FROM bare_bots WHERE id = $1'
  const { rows } = await pool.query({ name: 'select', text: select, values: [bot] })
  const update = 'UPDATE bare_bots SET status = $2, previous = $3, updated_at = now() WHERE id = $1'
  await pool.query({ name: 'update', text: update, values: [bot, status, rows[0]?.status] })
  const insert = `INSERT INTO bare_events (message_id, bot_id, type, body) VALUES ($1, $2, $3, $4)
    ON CONFLICT (message_id) DO NOTHING`
  await pool.query({ name: 'insert-event', text: insert, values: [id, bot, event, text] })
}

app.register(async (scope) => {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  scope.post('/hmac', async (request, reply) => {
    const isValid = isSigned(request)
    return reply.code(isValid ? 200 : 401).send({ data: { received: isValid } })
  })
  scope.post('/queue', async (request) => {
    const { id, body } = readWebhook(request)
    // The id of the message is the id of the job, so a repeated delivery makes no second job.
    await queue?.add(body.event, body, { jobId: id, attempts: 5, backoff: { type: 'exponential', delay: 1_000 } })
    return received
  })
  scope.post('/inline', async (request) => {
    const { id, body } = readWebhook(request)
    await applyInline(id, body.event, body.data.status.code, String(request.body))
    return received
  })
})
app.post('/insert', async (request, reply) => {
  const { meetingUrl } = request.body as { meetingUrl: string }
  await pool.query({ name: 'insert', text: 'INSERT INTO bare (url) VALUES ($1)', values: [meetingUrl] })
  return reply.code(202).send({ data: { meetingUrl } })
})

await pool.query(`
  CREATE TABLE bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, url text);
  CREATE TABLE bare_bots (id int PRIMARY KEY, status text, previous text, updated_at timestamptz);
  CREATE TABLE bare_events (message_id text PRIMARY KEY, bot_id int, type text, body text, received_at timestamptz DEFAULT now());
  INSERT INTO bare_bots (id, status) SELECT generate_series(0, ${bots - 1}), 'created'`)
await app.listen({ port: Number(port), host: '127.0.0.1' })
console.log('bare server listening')
