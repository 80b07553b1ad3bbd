import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { RetentionStore } from '../../src/erasure/retention.ts'
import type { NewEntry } from '../../src/log/entry.ts'
import type { DeletionScope } from '../../src/meetings/deletion/data-deletion.ts'
import { withDeletion } from '../../src/meetings/deletion/to-be-deleted.ts'
import type { Meeting } from '../../src/meetings/meeting.ts'
import type { MeetingStore } from '../../src/meetings/meeting-store.ts'
import type { TranscriptStore } from '../../src/recordings/transcripts/transcript-store.ts'
import type { Inbox } from '../../src/webhooks/inbox.ts'
import { aMeeting, at } from '../meetings/builders.ts'

type Stores = {
  meetings: MeetingStore
  transcripts: TranscriptStore
  inbox: Inbox
  retention: RetentionStore
  newUser(): Promise<{ id: string; name: string }>
}

const days = (count: number) => at(count * 24 * 60)
const said = { messageId: 'm1', sender: 'Bo Lind', text: 'Hello' }
const chat: NewEntry<'bot'> = { type: 'chat_message', occurredAt: at(3), data: said }

/** What the stores must do for deleting and keeping. */
export function deletionContract(open: () => Promise<Stores>): void {
  async function withBot(changes: Partial<Meeting> = {}, scope: DeletionScope | null = null) {
    const stores = await open()
    const { id: userId, name } = await stores.newUser()
    const bot = await addBot(stores, userId, changes, scope)
    return { ...stores, userId, name, bot }
  }

  async function addBot({ meetings }: Stores, userId: string, changes: Partial<Meeting>, scope: DeletionScope | null) {
    const order = aMeeting({ userId, joinKey: `meet:${randomUUID()}`, meetingBaasId: randomUUID() })
    const claim = await meetings.claim(
      order,
      { ...chat, type: 'bot_requested', data: { joinAt: null }, cause: 'api' },
      'nobody',
    )
    if (claim.outcome !== 'created') throw new Error(claim.outcome)
    const ended = { ...claim.meeting, state: 'completed' as const, finalAt: at(0), dueAt: null, ...changes }
    const next = scope ? (withDeletion(ended, { scope, reason: 'request' }, at(5)) as Meeting) : ended
    await meetings.saveChange({ before: claim.meeting, next, entries: [chat], cause: 'webhook' })
    return (await meetings.find(order.id)) as Meeting
  }

  test('hold and deletion are given back as they were written', async () => {
    const hold = { since: at(4).toISOString(), reason: 'Case "7"' }
    const { meetings, bot } = await withBot({ hold }, 'media')
    expect(bot).toMatchObject({ hold, deletion: { scopes: ['media'], doneAt: null }, deleteDueAt: at(5) })
    expect((await meetings.findForBot({ botId: bot.meetingBaasId as string, meetingId: null }))?.deletion).toEqual(
      bot.deletion,
    )
  })

  test('a deletion that is due is claimed, and put off', async () => {
    const { meetings, bot } = await withBot({ dueAt: at(5), collected: true }, 'everything')
    const next = { soon: at(20), later: at(30), soonBefore: at(10) }
    const claimed = (await meetings.claimDue(at(6), next, 100)).find(({ id }) => id === bot.id)
    expect(claimed).toMatchObject({ deleteDueAt: at(30), dueAt: at(30) })
  })

  test('who wrote what in the chat is removed, and counted every time', async () => {
    const { meetings, bot } = await withBot()
    expect([await meetings.removeChat(bot.id), await meetings.removeChat(bot.id)]).toEqual([1, 1])
    const [requested, message] = await meetings.timeline(bot.id, 0, 10)
    expect(requested?.data).toEqual({ joinAt: null })
    expect(message).toMatchObject({ type: 'chat_message', occurredAt: at(3), data: { removed: true } })
  })

  test('nobody begins a transcript of a bot whose transcripts are deleted', async () => {
    const wanted = { id: randomUUID(), source: 'vendor' as const, sourceKey: 'a', createdAt: at(9) }
    const rest = { service: null, model: null, language: null, requestedBy: null }
    const begin = async (scope: DeletionScope) => {
      const { transcripts, bot } = await withBot({}, scope)
      return (await transcripts.begin({ ...wanted, ...rest, id: randomUUID(), meetingId: bot.id })).outcome
    }
    expect([await begin('media'), await begin('transcripts'), await begin('everything')]).toEqual([
      'begun',
      'no_meeting',
      'no_meeting',
    ])
  })

  test('the webhooks of one bot lose their bodies, but for those that are not processed', async () => {
    const { inbox, bot } = await withBot()
    const botId = bot.meetingBaasId as string
    const store = async (vendorBotId: string) => {
      const id = randomUUID()
      const names = {
        messageId: id,
        dedupeKey: id,
        businessKey: null,
        source: 'v2_webhook',
        eventType: 'bot.completed',
      }
      await inbox.store({ ...names, id, vendorBotId, meetingId: null, body: '{}', receivedAt: at(5), dueAt: at(9) })
      return id
    }
    const [processed, failed, open, other] = [
      await store(botId),
      await store(botId),
      await store(botId),
      await store('x'),
    ]
    const outcome = { outcome: 'late' as const, change: null, at: at(6) }
    await inbox.saveProcessed({ ...outcome, webhookEventId: processed })
    await inbox.saveFailed(failed, 'It failed.')
    expect(await inbox.forgetBot(botId)).toEqual({ forgotten: 2, waiting: 1 })
    expect(await inbox.forgetBot(botId)).toEqual({ forgotten: 0, waiting: 1 })
    const body = async (id: string) => (await inbox.load(id))?.event.body
    expect([await body(processed), await body(failed), await body(open), await body(other)]).toEqual([
      null,
      null,
      '{}',
      '{}',
    ])
    await inbox.saveProcessed({ ...outcome, webhookEventId: open, forgetsBody: true })
    expect([await body(open), await inbox.forgetBot(botId)]).toEqual([null, { forgotten: 0, waiting: 0 }])
  })

  test('listUndeleted names ended bots of the user whose data are kept', async () => {
    const stores = await withBot()
    const { userId, bot } = stores
    await addBot(stores, userId, {}, 'everything')
    await addBot(stores, userId, { state: 'cancelled' }, null)
    await addBot(stores, userId, { state: 'recording', finalAt: null }, null)
    const partly = await addBot(stores, userId, {}, 'media')
    expect((await stores.meetings.listUndeleted(userId, 10)).sort()).toEqual([bot.id, partly.id].sort())
    expect(await stores.meetings.listUndeleted(userId, 1)).toHaveLength(1)
  })

  test('counts what is still to be deleted', async () => {
    const { retention, ...stores } = await withBot()
    const before = await retention.summariseDeletions()
    await addBot({ ...stores, retention }, stores.userId, { dueAt: at(5) }, 'everything')
    const after = await retention.summariseDeletions()
    expect([after.open - before.open, after.oldest]).toEqual([1, at(5)])
  })

  describe('retention', () => {
    const idsOf = (found: { meetingId: string }[]) => found.map(({ meetingId }) => meetingId)
    const over = async (stores: Stores & { userId: string }, scope: DeletionScope, own: number | null, now: Date) =>
      idsOf((await stores.retention.listOver(scope, own, now, 1_000)).filter(({ userId }) => userId === stores.userId))

    test('nothing is over when nobody says so', async () => {
      const stores = await withBot()
      expect(await over(stores, 'everything', null, days(10_000))).toEqual([])
    })

    test.each(['everything', 'media', 'transcripts'] as const)('the shorter time counts for %s', async (scope) => {
      const stores = await withBot()
      const keep = { everything: null, media: null, transcripts: null }
      const isOver = async (own: number | null, day: number) => (await over(stores, scope, own, days(day))).length === 1
      expect([await isOver(30, 29), await isOver(30, 31)]).toEqual([false, true])
      expect(await stores.retention.setForUser(stores.name, { ...keep, [scope]: 10 })).toBe(true)
      expect([await isOver(30, 9), await isOver(30, 11), await isOver(null, 11)]).toEqual([false, true, true])
      expect(await isOver(5, 6)).toBe(true)
      expect(await stores.retention.ofUser(stores.name)).toEqual({ ...keep, [scope]: 10 })
    })

    test('what is on hold, cancelled, under way or deleted already is not over', async () => {
      const hold = { since: at(4).toISOString(), reason: null }
      const stores = await withBot({ hold })
      await addBot(stores, stores.userId, { state: 'cancelled' }, null)
      await addBot(stores, stores.userId, { state: 'recording', finalAt: null }, null)
      const media = await addBot(stores, stores.userId, {}, 'media')
      await addBot(stores, stores.userId, {}, 'everything')
      expect(await over(stores, 'media', 1, days(9))).toEqual([])
      expect(await over(stores, 'transcripts', 1, days(9))).toEqual([media.id])
      expect(await over(stores, 'everything', 1, days(9))).toEqual([media.id])
    })

    test('of an unknown user cannot be set', async () => {
      const { retention } = await open()
      expect(await retention.ofUser('nobody')).toBeNull()
      expect(await retention.setForUser('nobody', { everything: 1, media: null, transcripts: null })).toBe(false)
    })
  })
}
