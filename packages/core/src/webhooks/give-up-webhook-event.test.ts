import { expect, test } from 'vitest'
import { at, status } from '../../testing/meetings/builders.ts'
import { inboxWorld } from '../../testing/webhooks/inbox-world.ts'
import { PermanentError, RetryableError } from '../basics/errors.ts'
import { giveUpWebhookEvent } from './give-up-webhook-event.ts'

const away = new RetryableError('SERVICE_UNAVAILABLE', { detail: 'The database is away.' })

/** An inbox with one event, received at noon. */
async function oneEvent() {
  const { inbox, booked, tell } = inboxWorld()
  const webhookEventId = await tell(await booked(), status('joining_call', at(0)), at(0))
  return { inbox, webhookEventId }
}

async function giveUp(error: Error, minutesLater: number) {
  const { inbox, webhookEventId } = await oneEvent()
  const outcome = await giveUpWebhookEvent({ inbox, now: () => at(minutesLater) }, { webhookEventId }, error)
  const { state, error: problem } = inbox.row(webhookEventId)
  return { outcome, state, problem }
}

test('an event that may still succeed stays with the sweep for a day', async () => {
  expect(await giveUp(away, 1)).toEqual({ outcome: 'left_to_sweep', state: 'received', problem: null })
  expect(await giveUp(away, 24 * 60)).toEqual({ outcome: 'left_to_sweep', state: 'received', problem: null })
  expect(await giveUp(new RetryableError('JOB_TIMED_OUT'), 60)).toMatchObject({ outcome: 'left_to_sweep' })
  expect(await giveUp(away, 24 * 60 + 1)).toMatchObject({ outcome: 'dead_letter', problem: 'The database is away.' })
})

test('an event that cannot succeed is a dead letter at once', async () => {
  for (const error of [new PermanentError('NOT_FOUND', { detail: 'x' }), new TypeError('x')]) {
    expect(await giveUp(error, 0)).toEqual({ outcome: 'dead_letter', state: 'failed', problem: 'x' })
  }
})

test.each(['load', 'saveFailed'] as const)(
  'while the database is away itself (%s), it stays with the sweep',
  async (call) => {
    const { inbox: stored, webhookEventId } = await oneEvent()
    const inbox = { ...stored, [call]: () => Promise.reject(away) }
    const twoDaysLater = () => at(2 * 24 * 60)
    expect(await giveUpWebhookEvent({ inbox, now: twoDaysLater }, { webhookEventId }, away)).toBe('left_to_sweep')
  },
)

test('a bug of Seer’s is thrown', async () => {
  const { inbox: stored, webhookEventId } = await oneEvent()
  const inbox = { ...stored, load: () => Promise.reject(new TypeError('oops')) }
  const giving = giveUpWebhookEvent({ inbox, now: () => at(0) }, { webhookEventId }, away)
  await expect(giving).rejects.toThrow('oops')
})
