import { randomUUID } from 'node:crypto'
import { aMeeting, at } from '@seer/core/testing/meetings/builders'
import { capacityStoreContract } from '@seer/core/testing/planning/capacity-store-contract'
import { describe, expect, test } from 'vitest'
import { useTestStores } from '../../../testing/db/test-stores.ts'
import { openMeetingStore } from '../meetings/meeting-store.ts'

const { db, newUser } = useTestStores()

describe('the capacity store in Postgres', () => {
  capacityStoreContract(async () => ({ ...db(), newUser }))
})

test('one of several processes that claim the last place of a day at the same moment gets it', async () => {
  const refuse = () => Promise.reject(new Error('nothing is changed here'))
  const processes = Array.from({ length: 4 }, () => openMeetingStore(db().pool, refuse))
  const userId = await newUser()
  for (let day = 0; day < 10; day++) {
    const joinAt = at(day * 2 * 1_440)
    const claims = processes.map((meetings) => {
      const meeting = aMeeting({ userId, joinKey: `meet:${randomUUID()}`, joinAt })
      return meetings.claimWithin(
        meeting,
        { type: 'bot_requested', occurredAt: at(0), data: { joinAt: null }, cause: 'api' as const },
        { sharing: 'nobody', botsPerDay: 1 },
      )
    })
    const outcomes = (await Promise.all(claims)).map(({ outcome }) => outcome)
    expect(outcomes.sort()).toEqual(['created', 'no_room', 'no_room', 'no_room'])
  }
})
