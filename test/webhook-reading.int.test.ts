import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { aMeeting } from '@seer/core/testing/meetings/builders'
import { openVendorBots } from '@seer/infra/vendor/v2/open-vendor-bots'
import { openWebhookReader } from '@seer/infra/vendor/webhooks/open-webhook-reader'
import { afterAll, describe, expect, test } from 'vitest'
import { buildSandbox } from '../apps/sandbox/src/sandbox.ts'

const secrets = ['first key of the team', 'second, during rotation'].map(
  (key) => `whsec_${Buffer.from(key).toString('base64')}`,
)
const callbackSecret = 'callback-secret'
const closers: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const close of closers.reverse()) await close()
})

type Delivery = { headers: IncomingHttpHeaders; body: Buffer }

async function openReceiver(): Promise<{ url: string; deliveries: Delivery[] }> {
  const deliveries: Delivery[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    deliveries.push({ headers: request.headers, body: Buffer.concat(chunks) })
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => new Promise((resolve) => server.close(resolve).closeAllConnections()))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, deliveries }
}

describe('what the vendor sends about a bot of ours', () => {
  test.each([
    ['success', 'completed', () => null],
    ['refused', 'failed', (botId: string) => `bot.failed:${botId}`],
  ])('is authenticated, read and assigned to its meeting: %s', async (scenario, end, keyOf) => {
    const { url, deliveries } = await openReceiver()
    const sandbox = await buildSandbox({ speed: 0, webhookUrls: [url], webhookSecrets: secrets })
    closers.push(() => sandbox.close())
    const vendor = openVendorBots({ apiKey: 'k', baseUrl: sandbox.url, callback: { url, secret: callbackSecret } })
    closers.push(() => vendor.close())
    const { id: meetingId, botName, botConfig: config, meetingUrl } = aMeeting()
    const link = `${meetingUrl}?sandbox=${scenario}`
    const { botId } = await vendor.createBot({
      meetingId,
      meetingUrl: link,
      botName,
      config,
      extra: null,
      joinAt: null,
    })
    await sandbox.advance(3_600)

    // One of the two secrets is enough.
    const signingSecrets = secrets.slice(1)
    const callbackSecrets = [callbackSecret]
    const reader = openWebhookReader({ signingSecrets, callbackSecrets, apiKey: null, verification: 'required' })
    const readings = deliveries.map((delivery) => {
      const sender = reader.authenticate(delivery, new Date())
      return sender && reader.read(delivery.body.toString(), sender.scheme)
    })
    expect(readings.length).toBeGreaterThan(5)
    for (const reading of readings) expect(reading).toMatchObject({ kind: 'bot', botId, meetingId })
    const ends = readings.filter((reading) => reading?.kind === 'bot' && reading.fact.kind === end)
    const sources = ends.map((reading) => (reading as { source?: string }).source)
    expect(new Set(sources)).toEqual(new Set(['v2_webhook', 'v2_callback']))
    const key = { businessKey: keyOf(botId) }
    expect(ends).toMatchObject([key, key])
  })
})
