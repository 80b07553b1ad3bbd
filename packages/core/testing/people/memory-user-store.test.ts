import { describe } from 'vitest'
import { memoryCalendarStores } from '../calendars/memory-calendar-store.ts'
import { memoryMeetingStore } from '../meetings/memory-meeting-store.ts'
import { memorySchedulingStore } from '../planning/memory-scheduling-store.ts'
import { memoryUserStores } from './memory-user-store.ts'
import { userStoreContract } from './user-store-contract.ts'

describe('the stores of users in memory', () => {
  userStoreContract(async () => {
    const shared = { ...memoryCalendarStores(), meetings: memoryMeetingStore() }
    const scheduling = memorySchedulingStore(shared)
    return { ...shared, scheduling, ...memoryUserStores({ ...shared, scheduling }) }
  })
})
