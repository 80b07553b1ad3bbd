import { randomUUID } from 'node:crypto'
import { describe } from 'vitest'
import { meetingStoreContract } from './meeting-store-contract.ts'
import { memoryMeetingStore } from './memory-meeting-store.ts'

describe('the meeting store in memory', () => {
  meetingStoreContract(async () => ({ store: memoryMeetingStore(), newUser: async () => randomUUID() }))
})
