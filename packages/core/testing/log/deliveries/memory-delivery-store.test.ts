import { randomUUID } from 'node:crypto'
import { describe } from 'vitest'
import { memoryEndpointStore } from '../endpoints/memory-endpoint-store.ts'
import { deliveryStoreContract } from './delivery-store-contract.ts'
import { memoryDeliveryStore } from './memory-delivery-store.ts'

describe('the delivery store in memory', () => {
  deliveryStoreContract(async () => {
    const endpoints = memoryEndpointStore()
    const deliveries = memoryDeliveryStore(endpoints)
    const seqs = new Map<string, number>()
    return {
      endpoints: {
        ...endpoints,
        // As the database does, which knows the newest position.
        add: (endpoint, most) =>
          endpoints.add({ ...endpoint, afterPosition: deliveries.events.at(-1)?.position ?? 0 }, most),
      },
      deliveries,
      newUser: async () => randomUUID(),
      newCalendar: async () => randomUUID(),
      async place(events) {
        return events.map(({ type = 'bot_joining', kind = 'bot', subjectId = randomUUID(), ...event }) => {
          const position = (deliveries.events.at(-1)?.position ?? 0) + 1
          const seq = (seqs.get(subjectId) ?? 0) + 1
          seqs.set(subjectId, seq)
          const facts = { extra: null, calendarId: null }
          deliveries.events.push({ ...facts, ...event, position, type, subject: { kind, id: subjectId, seq } })
          return position
        })
      },
    }
  })
})
