import { randomUUID } from 'node:crypto'
import { describe } from 'vitest'
import { memoryMeetingStore } from '../meetings/memory-meeting-store.ts'
import { memoryTranscriptStores } from '../recordings/transcripts/memory-transcript-store.ts'
import { memoryInbox } from '../webhooks/memory-inbox.ts'
import { deletionContract } from './deletion-contract.ts'
import { memoryRetentionStore } from './memory-retention-store.ts'

describe('deleting and keeping in memory', () => {
  const users = new Map<string, string>()
  const meetings = memoryMeetingStore()
  const stores = {
    meetings,
    ...memoryTranscriptStores({ meetings }),
    inbox: memoryInbox(meetings),
    retention: memoryRetentionStore({ meetings, users }),
    async newUser() {
      const id = randomUUID()
      users.set(`user ${id}`, id)
      return { id, name: `user ${id}` }
    },
  }
  deletionContract(async () => stores)
})
