import { randomUUID } from 'node:crypto'
import { describe } from 'vitest'
import { endpointStoreContract } from './endpoint-store-contract.ts'
import { memoryEndpointStore } from './memory-endpoint-store.ts'

describe('the endpoint store in memory', () => {
  endpointStoreContract(async () => {
    const gone = randomUUID()
    return {
      endpoints: memoryEndpointStore({ isUser: (userId) => userId !== gone }),
      newUser: async () => randomUUID(),
      goneUser: async () => gone,
    }
  })
})
