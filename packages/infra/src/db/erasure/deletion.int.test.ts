import { deletionContract } from '@seer/core/testing/erasure/deletion-contract'
import { describe } from 'vitest'
import { useTestStores } from '../../../testing/db/test-stores.ts'

const { db, newUser } = useTestStores()

describe('deleting and keeping in Postgres', () => {
  deletionContract(async () => ({
    ...db(),
    async newUser() {
      const id = await newUser()
      return { id, name: id }
    },
  }))
})
