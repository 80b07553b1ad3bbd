import { aDetailedWrite, anIntegration } from '@seer/core/testing/calendars/calendar-builders'
import { at } from '@seer/core/testing/meetings/builders'
import { schedulingStoreContract } from '@seer/core/testing/planning/scheduling-store-contract'
import { yes } from '@seer/core/testing/planning/scheduling-store-contract-decisions'
import { describe, test } from 'vitest'
import { shuffled, useTestStores } from '../../../testing/db/test-stores.ts'

const { db, newUser } = useTestStores()

describe('the scheduling store in Postgres', () => {
  schedulingStoreContract(async () => ({ ...db(), newUser }))
})

test('decisions that are written while calendars are synced and removed cause no deadlock', async () => {
  const userId = await newUser()
  const now = () => new Date()
  for (let round = 0; round < 6; round++) {
    const integrations = Array.from({ length: 6 }, () => anIntegration({ userId }))
    const written = integrations.map((integration) => ({
      integration,
      events: Array.from({ length: 40 }, () => aDetailedWrite()),
    }))
    for (const { integration, events } of written) {
      await db().integrations.add(integration)
      await db().calendarEvents.save(integration, events, now())
    }
    const eventIds = written.flatMap(({ events }) => events.map(({ listed }) => listed.id))
    const decide = () => {
      const writes = shuffled(eventIds).map((eventId) => ({ eventId, decision: yes, decidedAt: now() }))
      return db().scheduling.saveDecisions(userId, writes)
    }
    const steps = written.flatMap(({ integration, events }) => [
      decide,
      decide,
      () => db().calendarEvents.save(integration, shuffled(events), now()),
      () => db().calendarEvents.markRemoved(integration.id, shuffled(events.map(({ listed }) => listed.id)), now()),
      () => db().integrations.noteVendorChange(integration.calendarId as string, shuffled(eventIds), now()),
      () => db().calendarEvents.removeEndedBefore(at(600), 30),
      () => db().integrations.remove(integration),
    ])
    await Promise.all(shuffled(steps).map((step) => step()))
  }
})
