import { describe } from 'vitest'
import { memoryStorage } from './memory-storage.ts'
import { storageContract } from './storage-contract.ts'

describe('the storage in memory', () => {
  storageContract(async () => {
    const storage = memoryStorage()
    return { storage, countLeft: async () => storage.objects.size }
  })
})
