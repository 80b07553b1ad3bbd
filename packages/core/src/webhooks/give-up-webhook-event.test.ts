import { expect, test } from 'vitest'
import { PermanentError, RetryableError } from '../errors.ts'
import { at } from '../testing/builders.ts'
import { giveUpWebhookEvent } from './give-up-webhook-event.ts'
import type { LoadedInboxEvent } from './inbox.ts'

const webhookEventId = '6f2c1a52-64d3-4a44-8f0b-0c0f6b0b8a11'
const away = new RetryableError('SERVICE_UNAVAILABLE', { detail: 'The database is away.' })

async function giveUp(error: Error, minutesLater: number) {
  const failed: string[] = []
  const inbox = {
    load: async () => ({ event: { receivedAt: at(0) } }) as LoadedInboxEvent,
    saveFailed: async (_: string, problem: string) => void failed.push(problem),
  }
  const outcome = await giveUpWebhookEvent({ inbox, now: () => at(minutesLater) }, { webhookEventId }, error)
  return { outcome, failed }
}

test('what can be tried again stays with the sweep, for a day', async () => {
  expect(await giveUp(away, 1)).toEqual({ outcome: 'left_to_sweep', failed: [] })
  expect(await giveUp(away, 24 * 60)).toEqual({ outcome: 'left_to_sweep', failed: [] })
  expect(await giveUp(new RetryableError('JOB_TIMED_OUT'), 60)).toMatchObject({ outcome: 'left_to_sweep' })
  expect(await giveUp(away, 24 * 60 + 1)).toEqual({ outcome: 'dead_letter', failed: ['The database is away.'] })
})

test('what cannot succeed is a dead letter at once', async () => {
  for (const error of [new PermanentError('NOT_FOUND', { detail: 'x' }), new TypeError('x')]) {
    expect(await giveUp(error, 0)).toEqual({ outcome: 'dead_letter', failed: ['x'] })
  }
})

test.each(['load', 'saveFailed'] as const)(
  'while the database is away itself (%s), it stays with the sweep',
  async (call) => {
    const inbox = {
      load: async () => ({ event: { receivedAt: at(0) } }) as LoadedInboxEvent,
      saveFailed: async () => {},
      [call]: () => Promise.reject(away),
    }
    const twoDaysLater = () => at(2 * 24 * 60)
    expect(await giveUpWebhookEvent({ inbox, now: twoDaysLater }, { webhookEventId }, away)).toBe('left_to_sweep')
  },
)

test('a bug in between is none of its outcomes', async () => {
  const inbox = { load: () => Promise.reject(new TypeError('oops')), saveFailed: async () => {} }
  const giving = giveUpWebhookEvent({ inbox, now: () => at(0) }, { webhookEventId }, away)
  await expect(giving).rejects.toThrow('oops')
})
