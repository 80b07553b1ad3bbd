/** Who is noted as a viewer of utterances, when users are deleted. */
import { finishDeletion } from '@seer/core/erasure/delete-user'
import { readSearchQuery, type SearchQuery } from '@seer/core/recordings/search/search-query'
import { contentOf } from '@seer/core/recordings/transcripts/store-transcript'
import { fakeQueue } from '@seer/core/testing/jobs/fake-queue'
import { aMeeting, at } from '@seer/core/testing/meetings/builders'
import { aTranscript, said } from '@seer/core/testing/recordings/transcripts/transcript-builders'
import { describe, expect, test } from 'vitest'
import { useTestStores } from '../../../testing/db/test-stores.ts'
import { newId } from '../../ids.ts'

const { db, newUser } = useTestStores()

/** An ended bot that a colleague of its owner shares. */
async function sharedBot() {
  const [owner, colleague] = [await newUser(), await newUser()]
  const meeting = aMeeting({ userId: owner, joinKey: `meet:${newId()}`, state: 'completed', finalAt: at(60) })
  const entry = { type: 'bot_requested' as const, occurredAt: at(0), data: { joinAt: null }, cause: 'api' as const }
  await db().meetings.claim(meeting, entry, 'nobody')
  await db().pool.query(
    `INSERT INTO meeting_subscribers (meeting_id, user_id, shared_since, shared_late, meeting_created_at)
      SELECT id, $2, created_at, false, created_at FROM meetings WHERE id = $1`,
    [meeting.id, colleague],
  )
  return { owner, colleague, meetingId: meeting.id }
}

async function transcribe(meetingId: string): Promise<void> {
  const id = newId()
  const order = { id, meetingId, source: 'openai' as const, sourceKey: id, requestedBy: null, createdAt: at(61) }
  await db().transcripts.begin({ ...order, service: null, model: null, language: null })
  const lines = ['The budget', 'is settled', 'for good'].map((text, i) => said('Ines', i, text))
  await db().transcripts.complete(id, contentOf(aTranscript(lines)), at(62))
}

async function viewersOf(meetingId: string): Promise<string[]> {
  const { rows } = await db().pool.query('SELECT DISTINCT viewers FROM utterances WHERE meeting_id = $1', [meetingId])
  expect(rows).toHaveLength(1)
  return rows[0].viewers.toSorted()
}

async function found(userId: string): Promise<number> {
  const filter = { query: readSearchQuery('budget') as SearchQuery }
  const search = { userId, lateAccess: 'recording' as const, filter, order: 'newest' as const, after: null, limit: 9 }
  return (await db().transcriptSearch.search(search)).length
}

const markDeleted = async (userId: string) =>
  await db().pool.query('UPDATE users SET deleted_at = now() WHERE id = $1', [userId])

async function deleteUser(userId: string): Promise<string> {
  await markDeleted(userId)
  const { users, meetings, integrations, transcripts } = db()
  const deps = { users, meetings, integrations, transcripts, queue: fakeQueue(), now: () => at(70) }
  return (await finishDeletion(deps, { userId })).outcome
}

describe('a user who is deleted', () => {
  test.each([
    ['owned', 'owner', 'colleague'],
    ['shared', 'colleague', 'owner'],
  ] as const)(
    'is forgotten by the transcript of a bot that the user %s, and the other finds it',
    async (_, gone, kept) => {
      const bot = await sharedBot()
      await transcribe(bot.meetingId)
      expect(await viewersOf(bot.meetingId)).toEqual([bot.owner, bot.colleague].toSorted())
      expect(await deleteUser(bot[gone])).toBe('deleted')
      expect(await viewersOf(bot.meetingId)).toEqual([bot[kept]])
      expect([await found(bot[kept]), await found(bot[gone])]).toEqual([1, 0])
    },
  )

  test('is not noted in a transcript that is made meanwhile', async () => {
    const bot = await sharedBot()
    await markDeleted(bot.colleague)
    await transcribe(bot.meetingId)
    expect(await viewersOf(bot.meetingId)).toEqual([bot.owner])
  })

  test('is forgotten in batches, but not by own bots, whose data go as a whole', async () => {
    const bot = await sharedBot()
    await transcribe(bot.meetingId)
    const { transcripts } = db()
    expect(await transcripts.forgetViewer(bot.owner, 9)).toBe(0)
    expect([
      await transcripts.forgetViewer(bot.colleague, 2),
      await transcripts.forgetViewer(bot.colleague, 2),
    ]).toEqual([2, 1])
    expect(await transcripts.forgetViewer(bot.colleague, 2)).toBe(0)
    expect(await viewersOf(bot.meetingId)).toEqual([bot.owner])
  })
})
