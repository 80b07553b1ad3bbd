import { aMeeting } from '@seer/core/testing/meetings/builders'
import { vendorBotsContract } from '@seer/core/testing/vendor/vendor-bots-contract'
import { type OpenVendorBots, openVendorBots } from '@seer/infra/vendor/v2/open-vendor-bots'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { buildSandbox, type Sandbox } from '../apps/sandbox/src/sandbox.ts'

const apiKey = 'sandbox-key'
const callback = { url: 'http://127.0.0.1:9/webhooks', secret: 'secret' }
const opened: { close(): Promise<void> }[] = []
afterAll(async () => {
  for (const each of opened.reverse()) await each.close()
})

async function open(timeoutMs?: number): Promise<{ sandbox: Sandbox; vendor: OpenVendorBots }> {
  const sandbox = await buildSandbox({ speed: 0, rateLimit: 0, dailyCap: 0, tokens: 10_000, apiKey })
  const vendor = openVendorBots({ apiKey, baseUrl: sandbox.url, callback, timeoutMs })
  opened.push(sandbox, vendor)
  return { sandbox, vendor }
}

describe('Meeting BaaS v2, as the sandbox plays it', () => {
  vendorBotsContract(async () => {
    const { sandbox, vendor } = await open()
    return {
      vendor,
      now: () => new Date(sandbox.now()),
      advance: (minutes) => sandbox.advance(minutes * 60),
      meetingUrl: 'https://meet.google.com/abc-defg-hij',
      refusingMeetingUrl: 'https://meet.google.com/abc-defg-hij?sandbox=refused',
    }
  })
})

describe('a vendor that misbehaves', () => {
  let sandbox: Sandbox
  let vendor: OpenVendorBots
  beforeAll(async () => {
    const opened = await open(500)
    sandbox = opened.sandbox
    vendor = opened.vendor
  })
  afterEach(() => sandbox.reset())

  function aRequest() {
    const { id: meetingId, botConfig: config, meetingUrl, botName } = aMeeting()
    return { meetingId, meetingUrl, botName, config, extra: null, joinAt: null }
  }

  async function addFault(fault: object): Promise<void> {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${sandbox.url}/sandbox/faults`, {
      method: 'POST',
      headers,
      body: JSON.stringify(fault),
    })
    expect(answer.ok).toBe(true)
  }

  test.each([
    [{ kind: 'timeout_after_success', ms: 3_000 }, 'VENDOR_TIMEOUT'],
    [{ kind: 'truncate' }, 'VENDOR_UNAVAILABLE'],
    [{ kind: 'garbage' }, 'VENDOR_PROTOCOL'],
  ])('after %j a bot that may exist is found', async (fault, code) => {
    await addFault({ ...fault, match: { method: 'POST', path: '/v2/bots' }, times: 1 })
    const request = aRequest()
    await expect(vendor.createBot(request)).rejects.toMatchObject({ code, outcomeUnknown: true })
    expect(await vendor.findBots(request.meetingId)).toHaveLength(1)
  })

  test.each([
    [
      { kind: 'status', status: 429, retryAfter: 3 },
      { code: 'VENDOR_RATE_LIMITED', retryAfterMs: 3_000 },
    ],
    [
      { kind: 'status', status: 503, body: 'html' },
      { code: 'VENDOR_UNAVAILABLE', outcomeUnknown: true },
    ],
    [
      { kind: 'timeout_before', ms: 3_000 },
      { code: 'VENDOR_TIMEOUT', outcomeUnknown: true },
    ],
    [{ kind: 'reset' }, { code: 'VENDOR_UNAVAILABLE', outcomeUnknown: true }],
  ])('%j becomes a retryable error', async (fault, expected) => {
    await addFault({ ...fault, match: { method: 'POST', path: '/v2/bots' }, times: 1 })
    await expect(vendor.createBot(aRequest())).rejects.toMatchObject({ name: 'RetryableError', ...expected })
  })

  test('a refusal of the account has its own code', async () => {
    const strict = await buildSandbox({ speed: 0, rateLimit: 0, dailyCap: 1, apiKey })
    const capped = openVendorBots({ apiKey, baseUrl: strict.url, callback })
    const stranger = openVendorBots({ apiKey: 'another', baseUrl: strict.url, callback })
    opened.push(strict, capped, stranger)
    await capped.createBot(aRequest())
    await expect(capped.createBot(aRequest())).rejects.toMatchObject({ code: 'VENDOR_DAILY_CAP' })
    await expect(stranger.createBot(aRequest())).rejects.toMatchObject({ code: 'VENDOR_UNAUTHORIZED' })
    await expect(stranger.listActiveBots(null)).rejects.toMatchObject({ code: 'VENDOR_UNAUTHORIZED' })
  })
})
