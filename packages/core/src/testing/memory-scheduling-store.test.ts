import { randomUUID } from 'node:crypto'
import { describe } from 'vitest'
import { memoryCalendarStores } from './memory-calendar-store.ts'
import { memoryMeetingStore } from './memory-meeting-store.ts'
import { memorySchedulingStore } from './memory-scheduling-store.ts'
import { schedulingStoreContract } from './scheduling-store-contract.ts'

describe('the scheduling store in memory', () => {
  schedulingStoreContract(async () => {
    const shared = { ...memoryCalendarStores(), meetings: memoryMeetingStore() }
    return { ...shared, scheduling: memorySchedulingStore(shared), newUser: async () => randomUUID() }
  })
})
