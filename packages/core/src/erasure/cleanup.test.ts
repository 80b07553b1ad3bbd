import { expect, test } from 'vitest'
import { at } from '../../testing/meetings/builders.ts'
import { cleanup } from './cleanup.ts'

const none = async () => 0

test('an endpoint for one bot is removed seven days after it was done, and told as the work of Seer', async () => {
  const asked: unknown[] = []
  const removed: unknown[] = []
  const endpoints = {
    listDone: async (before: Date) => {
      asked.push(before)
      return ['a', 'b']
    },
    remove: async (id: string, removal: object) => {
      removed.push([id, removal])
      return true
    },
  }
  const result = await cleanup({
    inbox: { removeBodies: none },
    idempotencyKeys: { removeExpired: none },
    calendarEvents: { removeEndedBefore: none },
    oauthFlows: { removeExpired: none },
    feed: { removeBefore: none },
    deliveries: { expire: none, removeSettled: none, keepAttemptMonths: async () => {} },
    endpoints,
    webhookRetentionMs: 1,
    eventRetentionMs: 1,
    deliveryRetentionMs: 1,
    now: () => at(7 * 24 * 60),
  })
  expect(asked).toEqual([at(0)])
  expect(removed).toEqual(['a', 'b'].map((id) => [id, { at: at(7 * 24 * 60), cause: 'worker' }]))
  expect(result).toMatchObject({ endpoints: 2 })
})
