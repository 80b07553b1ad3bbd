import { describe, expect, test } from 'vitest'
import { RetryableError } from '../../src/basics/errors.ts'
import { aMeeting, at, completed } from '../meetings/builders.ts'
import { fakeVendorBots } from './fake-vendor-bots.ts'
import { vendorBotsContract } from './vendor-bots-contract.ts'

const refusingMeetingUrl = 'https://meet.google.com/ref-uses-bot'

/** Meetings that last half an hour; a refusal takes a minute. */
async function openWorld() {
  let clock = at(0)
  const vendor = fakeVendorBots({ now: () => clock })
  const refused = { kind: 'failed' as const, at: null, code: 'BOT_NOT_ACCEPTED', message: null, results: null }

  function proceed(): void {
    for (const { botId, request, createdAt, end, status } of vendor.bots) {
      const minutes = (clock.getTime() - (request.joinAt ?? createdAt).getTime()) / 60_000
      if (end || status === 'cancelled' || minutes < 1) continue
      if (request.meetingUrl === refusingMeetingUrl) vendor.endWith(botId, refused)
      else if (minutes < 30) vendor.setStatus(botId, 'in_call_recording')
      else vendor.endWith(botId, completed(clock))
    }
  }

  return {
    vendor,
    now: () => clock,
    async advance(minutes: number) {
      clock = new Date(clock.getTime() + minutes * 60_000)
      proceed()
    },
    meetingUrl: 'https://meet.google.com/abc-defg-hij',
    refusingMeetingUrl,
  }
}

describe('the vendor’s bots in memory', () => {
  vendorBotsContract(openWorld)

  const lost = new RetryableError('VENDOR_TIMEOUT', { outcomeUnknown: true })
  const request = () => {
    const { id: meetingId, botConfig: config, meetingUrl, botName } = aMeeting()
    return { meetingId, meetingUrl, botName, config, extra: null, joinAt: null }
  }

  test('fails before or after the effect of a call, once per order', async () => {
    const vendor = fakeVendorBots({ now: () => at(0) })
    vendor.failNext('createBot', lost)
    vendor.failNext('createBot', lost, 'after')
    await expect(vendor.createBot(request())).rejects.toBe(lost)
    expect(vendor.bots).toHaveLength(0)
    await expect(vendor.createBot(request())).rejects.toBe(lost)
    expect(vendor.bots).toHaveLength(1)
    await vendor.createBot(request())
    expect(vendor.bots).toHaveLength(2)
    expect(vendor.calls).toEqual(['createBot', 'createBot', 'createBot'])
  })

  test('shows a booked bot as it was last changed, and locks it 4 minutes before its time', async () => {
    let clock = at(0)
    const vendor = fakeVendorBots({ now: () => clock })
    const { botId } = await vendor.createBot({ ...request(), joinAt: at(30) })
    const changed = { ...request(), botName: 'Another', extra: { customer: 'c-1' }, joinAt: at(40) }
    clock = at(26)
    await vendor.updateScheduledBot(botId, changed)
    expect(vendor.bots).toMatchObject([{ botId, request: changed, createdAt: at(0), status: 'scheduled' }])
    changed.extra.customer = 'c-2'
    clock = at(36, 1)
    await expect(vendor.updateScheduledBot(botId, changed)).rejects.toMatchObject({ code: 'VENDOR_CONFLICT' })
    expect(vendor.bots[0]?.request.extra).toEqual({ customer: 'c-1' })
  })

  test('forgets a bot', async () => {
    const vendor = fakeVendorBots({ now: () => at(0) })
    const { botId } = await vendor.createBot(request())
    vendor.forget(botId)
    await expect(vendor.getBot(botId)).rejects.toMatchObject({ code: 'VENDOR_BOT_NOT_FOUND' })
  })
})
