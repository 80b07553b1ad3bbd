import { randomUUID } from 'node:crypto'
import { createApiKey } from '@seer/core/people/api-keys'
import { decided } from '@seer/core/rules/decision'
import { aDetailedWrite, anIntegration } from '@seer/core/testing/calendars/calendar-builders'
import { anEndpoint } from '@seer/core/testing/log/endpoints/endpoint-builders'
import { beforeEach, describe, expect, test } from 'vitest'
import { useTestStores } from '../../../testing/db/test-stores.ts'

const { db, newUser } = useTestStores()
const yes = decided('rules', true, [{ code: 'rules_match' }])
const no = decided('rules', false, [{ code: 'rules_off' }])

let start = 0
beforeEach(async () => {
  start = (await db().feed.number()).newest
})

async function eventsOf(reader: string | null) {
  await db().feed.number()
  const { events } = await db().feed.page({ reader, after: start, limit: 1_000 })
  return events.map(({ type, subject, data, snapshot }) => ({
    type,
    subject: `${subject.kind} ${subject.id} ${subject.seq}`,
    data: JSON.parse(data),
    snapshot: snapshot && JSON.parse(snapshot),
  }))
}

describe('the log of a calendar event', () => {
  async function anEvent() {
    const userId = await newUser()
    const integration = anIntegration({ userId })
    const write = aDetailedWrite()
    await db().integrations.add(integration)
    await db().calendarEvents.save(integration, [write], new Date())
    const { id } = write.listed
    let time = Date.now()
    const decide = (decision: typeof yes) => {
      const decidedAt = new Date(time++)
      return db().scheduling.saveDecisions(userId, [{ eventId: id, decision, decidedAt, snapshot: `{"id":"${id}"}` }])
    }
    return { userId, integration, write, id, decide }
  }

  test('tells when it will be recorded, and when it no longer will', async () => {
    const { userId, id, decide } = await anEvent()
    for (const decision of [no, yes, { ...yes, reasons: [] }, no]) await decide(decision)
    const type = 'event.will_record_changed'
    expect(await eventsOf(userId)).toEqual([
      { type, subject: `event ${id} 1`, data: yes, snapshot: { id } },
      { type, subject: `event ${id} 2`, data: no, snapshot: { id } },
    ])
  })

  test('an older decision that is written late tells nothing', async () => {
    const { userId, id, decide } = await anEvent()
    await decide(yes)
    const late = { eventId: id, decision: no, decidedAt: new Date(0) }
    await db().scheduling.saveDecisions(userId, [late])
    expect(await eventsOf(userId)).toHaveLength(1)
  })

  test('goes with its calendar', async () => {
    const { userId, integration, decide } = await anEvent()
    await decide(yes)
    expect(await eventsOf(userId)).toHaveLength(1)
    await db().integrations.remove(integration)
    expect(await eventsOf(userId)).toEqual([])
  })

  test('goes on after an entry that was left behind when the event was removed, if it comes back under the same id', async () => {
    const { userId, integration, write, id, decide } = await anEvent()
    await decide(yes)
    await db().pool.query('DELETE FROM calendar_events WHERE id = $1', [id])
    await db().calendarEvents.save(integration, [write], new Date())
    await decide(yes)
    expect((await eventsOf(userId)).map(({ subject }) => subject)).toEqual([`event ${id} 1`, `event ${id} 2`])
  })

  test('goes when cleanup removes it', async () => {
    const { userId, decide } = await anEvent()
    await decide(yes)
    await db().calendarEvents.removeEndedBefore(new Date('2999-01-01'), 1_000)
    expect(await eventsOf(userId)).toEqual([])
  })
})

describe('the log of a user', () => {
  const newKey = async (userName: string, label: string) => {
    const order = { userName, label, scopes: ['read' as const], expiresAt: null }
    const { id, prefix } = await createApiKey({ keys: db().apiKeys, newId: randomUUID }, order)
    return { keyId: id, prefix, label, scopes: ['read'] }
  }
  const idOf = async (name: string) => (await db().users.list()).find((user) => user.name === name)?.id as string

  test('tells of the user, of keys and of the deletion, and in the end only that it was deleted', async () => {
    const name = randomUUID()
    const first = await newKey(name, 'first')
    const second = await newKey(name, 'second')
    await db().apiKeys.revoke(first.prefix, new Date())
    await db().apiKeys.revoke(first.prefix, new Date())
    const id = await idOf(name)
    for (const _ of [1, 2]) await db().users.markDeleted(name, new Date())
    const told = await eventsOf(id)
    expect(told.map(({ type, subject, data }) => [type, subject, data])).toEqual([
      ['user.created', `user ${id} 1`, {}],
      ['user.key_created', `user ${id} 2`, first],
      ['user.key_created', `user ${id} 3`, second],
      ['user.key_revoked', `user ${id} 4`, first],
      ['user.deletion_requested', `user ${id} 5`, {}],
    ])
    const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/)
    expect(told[0]?.snapshot).toEqual({ id, name, createdAt: iso, deletedAt: null })
    expect(told[4]?.snapshot).toEqual({ id, name, createdAt: iso, deletedAt: iso })

    await db().users.remove(id)
    expect(await eventsOf(id)).toEqual([])
    expect(await eventsOf(null)).toEqual([{ type: 'user.deleted', subject: `user ${id} 6`, data: {}, snapshot: null }])
  })

  test('a deleted user’s webhook endpoints leave nothing, and those of others and of operators stay', async () => {
    const name = randomUUID()
    await newKey(name, 'first')
    const id = await idOf(name)
    const [own, gone, foreign, forAll] = [
      anEndpoint({ userId: id }),
      anEndpoint({ userId: id }),
      anEndpoint({ userId: await newUser() }),
      anEndpoint({ userId: null }),
    ]
    for (const endpoint of [own, gone, foreign, forAll]) await db().endpoints.add(endpoint, 1_000)
    await db().endpoints.remove(gone.id, { at: new Date(), cause: 'api' })
    await db().feed.number()
    await db().users.markDeleted(name, new Date())
    await db().users.remove(id)
    const told = (await eventsOf(null)).filter(({ subject }) => subject.startsWith('endpoint '))
    expect(told.map(({ subject }) => subject)).toEqual([`endpoint ${foreign.id} 1`, `endpoint ${forAll.id} 1`])
  })

  test('no key is made for a user who is being deleted', async () => {
    const name = randomUUID()
    await newKey(name, 'first')
    await db().users.markDeleted(name, new Date())
    await expect(newKey(name, 'second')).rejects.toThrow(/is being deleted/)
  })
})
