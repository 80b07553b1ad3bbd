import { randomUUID } from 'node:crypto'
import { describe } from 'vitest'
import { memoryMeetingStore } from '../meetings/memory-meeting-store.ts'
import { inboxContract } from './inbox-contract.ts'
import { memoryInbox } from './memory-inbox.ts'

describe('the inbox in memory', () => {
  inboxContract(async () => {
    const meetings = memoryMeetingStore()
    return { inbox: memoryInbox(meetings), meetings, newUser: async () => randomUUID() }
  })
})
