import { randomUUID } from 'node:crypto'
import { describe } from 'vitest'
import { inboxContract } from './inbox-contract.ts'
import { memoryInbox } from './memory-inbox.ts'
import { memoryMeetingStore } from './memory-meeting-store.ts'

describe('the inbox in memory', () => {
  inboxContract(async () => {
    const meetings = memoryMeetingStore()
    return { inbox: memoryInbox(meetings), meetings, newUser: async () => randomUUID() }
  })
})
