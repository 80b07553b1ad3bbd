/**
 * What the benchmark compares with: the least that a Fastify route can do. `/hmac` verifies a webhook's signature over
 * the raw bytes; `/insert` parses JSON and inserts one row.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import fastify from 'fastify'
import pg from 'pg'

const [port = '0', secret = '', databaseUrl = ''] = process.argv.slice(2)
const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 })
const app = fastify()

app.register(async (scope) => {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  scope.post('/hmac', async (request, reply) => {
    const { 'svix-id': id, 'svix-timestamp': timestamp, 'svix-signature': signature } = request.headers
    const mac = createHmac('sha256', key)
      .update(`${id}.${timestamp}.`)
      .update(request.body as Buffer)
      .digest()
    const given = Buffer.from(String(signature).slice('v1,'.length), 'base64')
    const isValid = given.length === mac.length && timingSafeEqual(given, mac)
    return reply.code(isValid ? 200 : 401).send({ data: { received: isValid } })
  })
})
app.post('/insert', async (request, reply) => {
  const { meetingUrl } = request.body as { meetingUrl: string }
  await pool.query({ name: 'insert', text: 'INSERT INTO bare (url) VALUES ($1)', values: [meetingUrl] })
  return reply.code(202).send({ data: { meetingUrl } })
})

await pool.query('CREATE TABLE IF NOT EXISTS bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, url text)')
await app.listen({ port: Number(port), host: '127.0.0.1' })
console.log('bare server listening')
