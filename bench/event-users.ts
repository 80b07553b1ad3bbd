/** Users whose bots have events, for the benchmarks of streams and deliveries. */
import { randomUUID } from 'node:crypto'
import type { Meeting } from '@seer/core/meetings/meeting'
import { createApiKey } from '@seer/core/people/api-keys'
import { aMeeting } from '@seer/core/testing/meetings/builders'
import type { Database } from '@seer/infra/db/open-db'
import { newId } from '@seer/infra/ids'

const botsOfUser = 4

export type EventUser = { id: string; key: string; bots: Meeting[] }

/** A user with an API key that may read and write, and with four bots. */
export async function newUser(db: Database): Promise<EventUser> {
  const order = { userName: newId(), label: null, scopes: ['read' as const, 'write' as const], expiresAt: null }
  const { key } = await createApiKey({ keys: db.apiKeys, newId }, order)
  const { rows } = await db.pool.query<{ id: string }>('SELECT id FROM users WHERE name = $1', [order.userName])
  const id = rows[0]?.id as string
  const bots: Meeting[] = []
  for (let i = 0; i < botsOfUser; i++) bots.push(await newBot(db, id))
  return { id, key, bots }
}

async function newBot(db: Database, userId: string): Promise<Meeting> {
  const meeting = aMeeting({ id: newId(), userId, joinKey: `meet:${randomUUID()}` })
  const entry = { type: 'bot_requested' as const, occurredAt: new Date(), data: {}, cause: 'api' as const }
  await db.meetings.claim(meeting, entry, 'nobody')
  return (await db.meetings.find(meeting.id)) as Meeting
}

/** Writes one event of one of the user's bots, which take turns by `turn`. */
export async function writeEvent(db: Database, user: EventUser, turn: number): Promise<{ id: string }> {
  const index = turn % botsOfUser
  const before = user.bots[index] as Meeting
  const entries = [{ type: 'chat_message' as const, occurredAt: new Date(), data: { author: 'Ines', text: 'Hello' } }]
  const seq = before.lastSeq + 1
  user.bots[index] = { ...before, version: before.version + 1, lastSeq: seq }
  const isWritten = await db.meetings.saveChange({ before, next: before, entries, cause: 'webhook' })
  if (!isWritten) throw new Error('An event was not written.')
  return { id: `evt_bot_${before.id}_${seq}` }
}
