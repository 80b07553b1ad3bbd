/** What the benchmark compares with: a BullMQ worker whose jobs do nothing. Prints a line when all are done. */
import { Worker } from 'bullmq'

const [redisUrl = '', prefix = '', jobs = '0'] = process.argv.slice(2)
const url = new URL(redisUrl)
const connection = { host: url.hostname, port: Number(url.port), db: Number(url.pathname.slice(1)) }
let left = Number(jobs)
let startedAt = 0

const worker = new Worker('noop', async () => {}, { connection, prefix, concurrency: 50 })
worker.on('active', () => {
  startedAt ||= performance.now()
})
worker.on('completed', () => {
  left -= 1
  if (left === 0) console.log(`noop done in ${performance.now() - startedAt} ms`)
})
