import { aDetailedWrite, anIntegration, someCounts } from '@seer/core/testing/calendar-builders'
import { calendarStoreContract } from '@seer/core/testing/calendar-store-contract'
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
    const calendars = Array.from({ length: 10 }, () => anIntegration({ userId }))
    await Promise.all(calendars.map((calendar) => db().calendars.add(calendar)))
    const ids = calendars.map(({ id }) => id)
    const steps = calendars.flatMap((calendar) => {
      const events = Array.from({ length: 40 }, () => aDetailedWrite())
      const eventIds = events.map(({ listed }) => listed.id)
      const end = { integrationId: calendar.id, served: 0, at: now(), nextSyncAt: now() }
      const finished = { ...end, counts: someCounts(), digestBefore: null, digest: null }
      return Array(3).fill([
        () => db().calendarEvents.save(calendar, shuffled(events), now()),
        () => db().calendarEvents.markRemoved(calendar.id, shuffled(eventIds), now()),
        () => db().calendars.noteVendorChange(calendar.calendarId as string, shuffled(eventIds), now()),
        () => db().calendars.requestSync(shuffled(ids), now()),
        () => db().calendars.claimDueSyncs(now(), now(), 5),
        () => db().calendars.forgetDigest({ integrationId: calendar.id, digestBefore: null, mark: newId() }),
        () => db().calendars.finishSync(finished),
        () => db().calendars.failSync({ ...end, code: 'VENDOR_TIMEOUT', message: 'slow' }),
        () => db().calendars.remove(calendar),
      ])
    })
    await Promise.all(shuffled(steps.flat()).map((step) => step()))
  }
})
