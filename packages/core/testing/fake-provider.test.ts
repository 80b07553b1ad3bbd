import { describe, expect, test } from 'vitest'
import { RetryableError } from '../src/basics/errors.ts'
import { aMeeting, at, completed } from './builders.ts'
import { fakeProvider } from './fake-provider.ts'
import { providerContract } from './provider-contract.ts'

const refusingMeetingUrl = 'https://meet.google.com/ref-uses-bot'

/** Meetings that last half an hour; a refusal takes a minute. */
async function openWorld() {
  let clock = at(0)
  const provider = fakeProvider({ now: () => clock })
  const refused = { kind: 'failed' as const, at: null, code: 'BOT_NOT_ACCEPTED', message: null, results: null }

  function proceed(): void {
    for (const { botId, request, createdAt, end, status } of provider.bots) {
      const minutes = (clock.getTime() - (request.joinAt ?? createdAt).getTime()) / 60_000
      if (end || status === 'cancelled' || minutes < 1) continue
      if (request.meetingUrl === refusingMeetingUrl) provider.endWith(botId, refused)
      else if (minutes < 30) provider.setStatus(botId, 'in_call_recording')
      else provider.endWith(botId, completed(clock))
    }
  }

  return {
    provider,
    now: () => clock,
    async advance(minutes: number) {
      clock = new Date(clock.getTime() + minutes * 60_000)
      proceed()
    },
    meetingUrl: 'https://meet.google.com/abc-defg-hij',
    refusingMeetingUrl,
  }
}

describe('the provider in memory', () => {
  providerContract(openWorld)

  const lost = new RetryableError('PROVIDER_TIMEOUT', { outcomeUnknown: true })
  const request = () => {
    const { id: meetingId, botConfig: config, meetingUrl, botName } = aMeeting()
    return { meetingId, meetingUrl, botName, config, extra: null, joinAt: null }
  }

  test('fails before or after the effect of a call, once per order', async () => {
    const provider = fakeProvider({ now: () => at(0) })
    provider.failNext('createBot', lost)
    provider.failNext('createBot', lost, 'after')
    await expect(provider.createBot(request())).rejects.toBe(lost)
    expect(provider.bots).toHaveLength(0)
    await expect(provider.createBot(request())).rejects.toBe(lost)
    expect(provider.bots).toHaveLength(1)
    await provider.createBot(request())
    expect(provider.bots).toHaveLength(2)
    expect(provider.calls).toEqual(['createBot', 'createBot', 'createBot'])
  })

  test('shows a booked bot as it was last changed, and locks it 4 minutes before its time', async () => {
    let clock = at(0)
    const provider = fakeProvider({ now: () => clock })
    const { botId } = await provider.createBot({ ...request(), joinAt: at(30) })
    const changed = { ...request(), botName: 'Another', extra: { customer: 'c-1' }, joinAt: at(40) }
    clock = at(26)
    await provider.updateScheduledBot(botId, changed)
    expect(provider.bots).toMatchObject([{ botId, request: changed, createdAt: at(0), status: 'scheduled' }])
    changed.extra.customer = 'c-2'
    clock = at(36, 1)
    await expect(provider.updateScheduledBot(botId, changed)).rejects.toMatchObject({ code: 'PROVIDER_CONFLICT' })
    expect(provider.bots[0]?.request.extra).toEqual({ customer: 'c-1' })
  })

  test('forgets a bot', async () => {
    const provider = fakeProvider({ now: () => at(0) })
    const { botId } = await provider.createBot(request())
    provider.forget(botId)
    await expect(provider.getBot(botId)).rejects.toMatchObject({ code: 'PROVIDER_BOT_NOT_FOUND' })
  })
})
