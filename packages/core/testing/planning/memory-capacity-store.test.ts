import { randomUUID } from 'node:crypto'
import { describe } from 'vitest'
import { memoryCalendarStores } from '../calendars/memory-calendar-store.ts'
import { memoryMeetingStore } from '../meetings/memory-meeting-store.ts'
import { capacityStoreContract } from './capacity-store-contract.ts'
import { memoryCapacityStore } from './memory-capacity-store.ts'
import { memorySchedulingStore } from './memory-scheduling-store.ts'

describe('the capacity store in memory', () => {
  capacityStoreContract(async () => {
    const shared = { ...memoryCalendarStores(), meetings: memoryMeetingStore() }
    const stores = { capacity: memoryCapacityStore(shared), scheduling: memorySchedulingStore(shared) }
    return { ...shared, ...stores, newUser: async () => randomUUID() }
  })
})
