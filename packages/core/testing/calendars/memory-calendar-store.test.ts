import { randomUUID } from 'node:crypto'
import { describe } from 'vitest'
import { calendarStoreContract } from './calendar-store-contract.ts'
import { memoryCalendarStores } from './memory-calendar-store.ts'

describe('the calendar stores in memory', () => {
  calendarStoreContract(async () => ({ ...memoryCalendarStores(), newUser: async () => randomUUID() }))
})
