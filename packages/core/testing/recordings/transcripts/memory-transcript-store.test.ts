import { randomUUID } from 'node:crypto'
import { describe } from 'vitest'
import { memoryMeetingStore } from '../../meetings/memory-meeting-store.ts'
import { memoryTranscriptStores } from './memory-transcript-store.ts'
import { transcriptStoreContract } from './transcript-store-contract.ts'

describe('the transcript store in memory', () => {
  transcriptStoreContract(async () => {
    const meetings = memoryMeetingStore()
    return { ...memoryTranscriptStores({ meetings }), meetings, newUser: async () => randomUUID() }
  })
})
