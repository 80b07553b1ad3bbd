import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { IntegrationStore } from '../../src/calendars/calendar-store.ts'
import type { OauthFlowStore } from '../../src/calendars/connection/consent/oauth.ts'
import type { Meeting } from '../../src/meetings/meeting.ts'
import type { MeetingStore } from '../../src/meetings/meeting-store.ts'
import { shareBot } from '../../src/meetings/sharing/share-bot.ts'
import { type ApiKeyStore, authenticateApiKey, createApiKey } from '../../src/people/api-keys.ts'
import type { UserStore } from '../../src/people/user-store.ts'
import type { SchedulingStore } from '../../src/planning/scheduling-store.ts'
import { RecordingRules } from '../../src/rules/rules.ts'
import { anIntegration, anOauthFlow } from '../calendars/calendar-builders.ts'
import { fakeQueue } from '../jobs/fake-queue.ts'
import { aMeeting, at } from '../meetings/builders.ts'

export type OpenedUsers = {
  users: UserStore
  apiKeys: Pick<ApiKeyStore, 'add' | 'findCaller' | 'touch'>
  scheduling: SchedulingStore
  integrations: IntegrationStore
  oauthFlows: OauthFlowStore
  meetings: MeetingStore
}

type Named = { name: string; key: string; userId: string }

/** What a UserStore must keep, in memory as in Postgres. */
export function userStoreContract(open: () => Promise<OpenedUsers>): void {
  let stores: OpenedUsers
  beforeAll(async () => {
    stores = await open()
  })

  const callerOf = (key: string) => authenticateApiKey({ keys: stores.apiKeys, now: () => at(0) }, key)

  async function makeKey(name: string): Promise<string> {
    const order = { userName: name, label: null, scopes: ['write' as const], expiresAt: null }
    return (await createApiKey({ keys: stores.apiKeys, newId: randomUUID }, order)).key
  }

  async function newUser(): Promise<Named> {
    const name = `user-${randomUUID()}`
    const key = await makeKey(name)
    return { name, key, userId: (await callerOf(key))?.userId as string }
  }

  async function deletedUser(): Promise<Named> {
    const user = await newUser()
    expect(await stores.users.markDeleted(user.name, at(1))).toBe(user.userId)
    return user
  }

  async function ordered(userId: string, changes: Partial<Meeting> = {}): Promise<Meeting> {
    const meeting = aMeeting({ userId, joinKey: `meet:${randomUUID()}`, ...changes })
    await stores.meetings.claim(
      meeting,
      { type: 'bot_requested', occurredAt: at(0), data: { joinAt: null }, cause: 'api' as const },
      'nobody',
    )
    return meeting
  }

  const listed = async ({ userId }: Named) => (await stores.users.list()).find(({ id }) => id === userId)

  describe('a user who is marked as deleted', () => {
    /** Whose key works, who has rules, an override and a consent under way. */
    async function settled() {
      const user = await newUser()
      const [targetId, stateHash] = [randomUUID(), randomUUID()]
      await stores.scheduling.saveRules(user.userId, RecordingRules.parse({ enabled: true }), 0, at(0))
      const override = { scope: 'event' as const, targetId, value: 'record' as const, bot: null }
      await stores.scheduling.saveOverride(user.userId, override, at(0))
      await stores.oauthFlows.add(anOauthFlow({ userId: user.userId, stateHash }))
      return {
        ...user,
        has: async () => ({
          caller: (await callerOf(user.key)) !== null,
          rules: (await stores.scheduling.findRules(user.userId)).rules.enabled,
          overrides: (await stores.scheduling.listOverrides(user.userId, [targetId])).length,
          consent: (await stores.oauthFlows.take(stateHash, at(1))) !== null,
        }),
      }
    }

    test('has no key, rules, overrides or consent any more; others keep theirs', async () => {
      const [ines, bo] = [await settled(), await settled()]
      await stores.users.markDeleted(ines.name, at(1))
      expect(await ines.has()).toEqual({ caller: false, rules: false, overrides: 0, consent: false })
      expect(await bo.has()).toEqual({ caller: true, rules: true, overrides: 1, consent: true })
    })

    test('is deleted since the first time', async () => {
      const user = await deletedUser()
      expect(await stores.users.markDeleted(user.name, at(5))).toBe(user.userId)
      expect(await listed(user)).toMatchObject({ name: user.name, deletedAt: at(1) })
      expect(await listed(await newUser())).toMatchObject({ deletedAt: null })
    })

    test('gets no key; after removal another user may have the name', async () => {
      const user = await deletedUser()
      await expect(makeKey(user.name)).rejects.toMatchObject({ code: 'USER_BEING_DELETED' })
      expect(await stores.users.remove(user.userId)).toBe(true)
      expect(await callerOf(await makeKey(user.name))).toMatchObject({ userName: user.name })
      expect(await callerOf(user.key)).toBeNull()
      expect(await listed(user)).toBeUndefined()
    })

    test('is listed, the longest marked first', async () => {
      const [later, earlier, other] = [await newUser(), await newUser(), await newUser()]
      await stores.users.markDeleted(later.name, at(-30))
      await stores.users.markDeleted(earlier.name, at(-60))
      const ids = await stores.users.listDeleted(100)
      expect(ids.filter((id) => [later, earlier, other].some(({ userId }) => userId === id))).toEqual([
        earlier.userId,
        later.userId,
      ])
      expect(await stores.users.listDeleted(1)).toHaveLength(1)
    })
  })

  test('an unknown name marks nobody', async () => {
    expect(await stores.users.markDeleted(`user-${randomUUID()}`, at(0))).toBeNull()
  })

  describe('remove', () => {
    test.each([
      ['an active meeting', (userId: string) => ordered(userId)],
      ['an ended meeting', (userId: string) => ordered(userId, { state: 'completed', finalAt: at(1) })],
      ['a calendar', (userId: string) => stores.integrations.add(anIntegration({ userId }))],
      [
        'a calendar that is being disconnected',
        (userId: string) => stores.integrations.add(anIntegration({ userId, status: 'disconnecting' })),
      ],
    ])('leaves a user who has %s', async (_, put) => {
      const user = await deletedUser()
      await put(user.userId)
      expect(await stores.users.remove(user.userId)).toBe(false)
      expect(await listed(user)).toBeDefined()
    })

    test('leaves a user who is not being deleted', async () => {
      const user = await newUser()
      expect(await stores.users.remove(user.userId)).toBe(false)
      expect(await callerOf(user.key)).not.toBeNull()
    })

    test('takes away what the user shares, and the other users keep it', async () => {
      const [owner, user] = [await newUser(), await deletedUser()]
      const meeting = await ordered(owner.userId)
      const byHand = { meetingBaasCalendarId: null, calendarEventId: null, calendarProvider: null }
      const share = {
        userId: user.userId,
        meetingUrl: 'https://meet.google.com/abc-defg-hij',
        sharedSince: at(1),
        extra: null,
        eventStartsAt: null,
        eventEndsAt: null,
      }
      await shareBot({ ...stores, queue: fakeQueue(), now: () => at(1) }, meeting.id, { ...share, ...byHand }, 'api')
      expect(await stores.users.remove(user.userId)).toBe(true)
      expect(await stores.meetings.subscribers(meeting.id)).toEqual([])
      expect(await stores.meetings.findForUser(owner.userId, meeting.id)).toMatchObject({ role: 'owner', others: 0 })
    })

    test('may be repeated', async () => {
      const { userId } = await deletedUser()
      expect([await stores.users.remove(userId), await stores.users.remove(userId)]).toEqual([true, true])
    })
  })
}
