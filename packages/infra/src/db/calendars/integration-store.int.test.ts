import { aDetailedWrite, anIntegration, someCounts } from '@seer/core/testing/calendars/calendar-builders'
import { calendarStoreContract } from '@seer/core/testing/calendars/calendar-store-contract'
import { describe, test } from 'vitest'
import { shuffled, useTestStores } from '../../../testing/db/test-stores.ts'
import { newId } from '../../ids.ts'

const { db, newUser } = useTestStores()

describe('the calendar stores in Postgres', () => {
  calendarStoreContract(async () => ({ ...db(), newUser }))
})

test('no two writers of the same calendars and events deadlock', async () => {
  const userId = await newUser()
  const now = () => new Date()
  for (let round = 0; round < 6; round++) {
    const integrations = Array.from({ length: 10 }, () => anIntegration({ userId }))
    await Promise.all(integrations.map((integration) => db().integrations.add(integration)))
    const ids = integrations.map(({ id }) => id)
    const steps = integrations.flatMap((integration) => {
      const events = Array.from({ length: 40 }, () => aDetailedWrite())
      const eventIds = events.map(({ listed }) => listed.id)
      const end = { integrationId: integration.id, served: 0, at: now(), nextSyncAt: now() }
      const finished = { ...end, counts: someCounts(), digestBefore: null, digest: null }
      return Array(3).fill([
        () => db().calendarEvents.save(integration, shuffled(events), now()),
        () => db().calendarEvents.markRemoved(integration.id, shuffled(eventIds), now()),
        () => db().integrations.noteVendorChange(integration.calendarId as string, shuffled(eventIds), now()),
        () => db().integrations.requestSync(shuffled(ids), now()),
        () => db().integrations.claimDueSyncs(now(), now(), 5),
        () => db().integrations.forgetDigest({ integrationId: integration.id, digestBefore: null, mark: newId() }),
        () => db().integrations.finishSync(finished),
        () => db().integrations.failSync({ ...end, code: 'VENDOR_TIMEOUT', message: 'slow' }),
        () => db().integrations.remove(integration),
      ])
    })
    await Promise.all(shuffled(steps.flat()).map((step) => step()))
  }
})
