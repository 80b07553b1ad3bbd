import { randomUUID } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { type MemoryEndpointStore, memoryEndpointStore } from '../../../testing/log/endpoints/memory-endpoint-store.ts'
import { at } from '../../../testing/meetings/builders.ts'
import { addBotEndpoint } from './bot-endpoint.ts'

let endpoints: MemoryEndpointStore
beforeEach(() => {
  endpoints = memoryEndpointStore({ isUser: (id) => id !== 'gone' })
})

const cipher = { seal: (secret: string) => `sealed ${secret}`, open: (sealed: string) => sealed.slice(7) }
const order = { userId: 'ines', botId: randomUUID(), url: 'https://app.example.com/hook', secret: null }
function added(events: string[], changes: object = {}, minute = 0) {
  const deps = { endpoints, cipher, newId: randomUUID, now: () => at(minute) }
  return addBotEndpoint(deps, { ...order, afterPosition: 7, events, ...changes })
}
const only = () => [...endpoints.rows.values()]

test.each([
  [['transcript_*'], ['bot.*'], ['transcript_*', 'bot.*']],
  [['bot.*'], ['transcript_*', 'transcription_failed'], ['bot.*']],
  [['transcript_*'], ['transcript_*', 'transcription_failed'], ['transcript_*', 'transcription_failed']],
])('after an order for %j, one for %j makes the same endpoint want %j', async (first, second, wanted) => {
  const made = await added(first)
  expect(await added(second, { secret: 'other' }, 5)).toEqual(made)
  expect(only()).toMatchObject([{ id: made?.endpointId, events: wanted, updatedAt: at(5), afterPosition: 7 }])
})

test('a repeated order is not told as a change', async () => {
  await added(['bot.*'])
  await added(['bot.*'])
  expect(endpoints.entries.map(({ type }) => type)).toEqual(['endpoint.created'])
})

test('a user who is gone gets none', async () => {
  expect(await added(['bot.*'], { userId: 'gone' })).toBeNull()
  expect(only()).toEqual([])
})
