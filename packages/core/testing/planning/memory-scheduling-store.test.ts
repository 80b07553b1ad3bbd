import { randomUUID } from 'node:crypto'
import { describe } from 'vitest'
import { memoryCalendarStores } from '../calendars/memory-calendar-store.ts'
import { accountsIn, invitationsIn, memoryMeetingStore } from '../meetings/memory-meeting-store.ts'
import { memorySchedulingStore } from './memory-scheduling-store.ts'
import { schedulingStoreContract } from './scheduling-store-contract.ts'

describe('the scheduling store in memory', () => {
  schedulingStoreContract(async () => {
    const stores = memoryCalendarStores()
    const shared = { ...stores, meetings: memoryMeetingStore(accountsIn(stores), undefined, invitationsIn(stores)) }
    return { ...shared, scheduling: memorySchedulingStore(shared), newUser: async () => randomUUID() }
  })
})
