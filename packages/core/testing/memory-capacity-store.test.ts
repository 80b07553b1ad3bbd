import { randomUUID } from 'node:crypto'
import { describe } from 'vitest'
import { capacityStoreContract } from './capacity-store-contract.ts'
import { memoryCalendarStores } from './memory-calendar-store.ts'
import { memoryCapacityStore } from './memory-capacity-store.ts'
import { memoryMeetingStore } from './memory-meeting-store.ts'
import { memorySchedulingStore } from './memory-scheduling-store.ts'

describe('the capacity store in memory', () => {
  capacityStoreContract(async () => {
    const shared = { ...memoryCalendarStores(), meetings: memoryMeetingStore() }
    const stores = { capacity: memoryCapacityStore(shared), scheduling: memorySchedulingStore(shared) }
    return { ...shared, ...stores, newUser: async () => randomUUID() }
  })
})
