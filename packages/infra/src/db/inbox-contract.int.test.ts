import { inboxContract } from '@seer/core/testing/webhooks/inbox-contract'
import { describe } from 'vitest'
import { useTestStores } from '../../testing/db/test-stores.ts'

const { db, newUser } = useTestStores()

describe('the inbox in Postgres', () => {
  inboxContract(async () => ({ inbox: db().inbox, meetings: db().meetings, newUser }))
})
