import { randomUUID } from 'node:crypto'
import { describe } from 'vitest'
import { deletionContract } from './deletion-contract.ts'
import { memoryInbox } from './memory-inbox.ts'
import { memoryMeetingStore } from './memory-meeting-store.ts'
import { memoryRetentionStore } from './memory-retention-store.ts'
import { memoryTranscriptStores } from './memory-transcript-store.ts'

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
