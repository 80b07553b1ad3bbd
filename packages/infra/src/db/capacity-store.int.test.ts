import { capacityStoreContract } from '@seer/core/testing/capacity-store-contract'
import { describe } from 'vitest'
import { useTestStores } from './testing/test-stores.ts'

const { db, newUser } = useTestStores()

describe('the capacity store in Postgres', () => {
  capacityStoreContract(async () => ({ ...db(), newUser }))
})
