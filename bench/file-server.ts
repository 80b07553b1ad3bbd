/**
 * Serves one large file as the vendor's links do: with an ETag, ranges and `If-Range`. Each connection has its own rate.
 * The second line of its output, on SIGTERM, says how many bytes were sent.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

const [path = '', bytesText = '0', latencyText = '0', rateText = '0'] = process.argv.slice(2)
const [bytes, latencyMs, bytesPerSecond] = [Number(bytesText), Number(latencyText), Number(rateText)]
const etag = `"${createHash('md5').update(path).digest('hex')}"`
let sent = 0

const server = createServer(async (request, response) => {
  if (request.url === '/sent') return void response.end(String(sent))
  await delay(latencyMs)
  const { range, 'if-range': ifRange } = request.headers
  const from = range && (ifRange ?? etag) === etag ? Number(/\d+/.exec(range)?.[0]) : 0
  const headers = { etag, 'content-type': 'video/mp4', 'accept-ranges': 'bytes', 'content-length': bytes - from }
  const partly = { ...headers, 'content-range': `bytes ${from}-${bytes - 1}/${bytes}` }
  response.writeHead(from > 0 ? 206 : 200, from > 0 ? partly : headers)
  const startedAt = performance.now()
  let given = 0
  const file = createReadStream(path, { start: from, end: bytes - 1, highWaterMark: 256 * 1024 })
  file.on('data', (chunk) => {
    sent += chunk.length
    given += chunk.length
    const isFull = !response.write(chunk)
    const waitMs = bytesPerSecond > 0 ? (given / bytesPerSecond) * 1_000 - (performance.now() - startedAt) : 0
    if (isFull || waitMs > 5) {
      file.pause()
      const drained = isFull ? new Promise((resolve) => response.once('drain', resolve)) : null
      void Promise.all([drained, delay(Math.max(0, waitMs))]).then(() => file.resume())
    }
  })
  file.on('end', () => response.end())
  response.on('close', () => file.destroy())
})
server.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
