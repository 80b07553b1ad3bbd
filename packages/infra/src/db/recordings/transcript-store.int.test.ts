import type { Meeting } from '@seer/core/meetings/meeting'
import { readSearchQuery, type SearchQuery } from '@seer/core/recordings/search/search-query'
import { contentOf } from '@seer/core/recordings/transcripts/store-transcript'
import { aMeeting, at } from '@seer/core/testing/meetings/builders'
import { aTranscript, said } from '@seer/core/testing/recordings/transcripts/transcript-builders'
import { transcriptStoreContract } from '@seer/core/testing/recordings/transcripts/transcript-store-contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { useTestStores } from '../../../testing/db/test-stores.ts'
import { newId } from '../../ids.ts'

const { db, newUser } = useTestStores()

describe('the transcript store in Postgres', () => {
  transcriptStoreContract(async () => ({ ...db(), newUser }))
})

async function storedTranscript({ owner, requestedBy, text }: { owner: string; requestedBy: string; text: string }) {
  const meeting = aMeeting({ userId: owner, joinKey: `meet:${newId()}`, state: 'completed', finalAt: at(60) })
  const entry = { type: 'bot_requested' as const, occurredAt: at(0), data: { joinAt: null }, cause: 'api' as const }
  await db().meetings.claim(meeting, entry, 'nobody')
  const id = newId()
  const { transcripts } = db()
  const order = { id, meetingId: meeting.id, source: 'openai' as const, sourceKey: id, requestedBy, createdAt: at(61) }
  await transcripts.begin({ ...order, service: null, model: null, language: null })
  await transcripts.complete(id, contentOf(aTranscript([said('Ines', 1, text)])), at(62))
  await transcripts.nameSpeakers(meeting.id, [{ label: 'Ines', name: 'Inès', foldedName: 'INES' }], at(63))
  return { meetingId: meeting.id }
}

test('a transcript outlives the user who asked for it, and goes with its meeting', async () => {
  const [owner, requestedBy] = [await newUser(), await newUser()]
  const { meetingId } = await storedTranscript({ owner, requestedBy, text: 'Hello' })
  await db().pool.query('DELETE FROM users WHERE id = $1', [requestedBy])
  expect(await db().transcripts.list(meetingId)).toMatchObject([{ requestedBy: null, isCurrent: true }])
  const { meetings } = db()
  const before = (await meetings.find(meetingId)) as Meeting
  await meetings.saveChange({ before, next: { ...before, state: 'cancelled' }, entries: [], cause: 'worker' })
  expect(await meetings.removeEnded(owner, 9)).toBe(1)
  const { rows } = await db().pool.query('SELECT count(*)::int AS n FROM utterances WHERE meeting_id = $1', [meetingId])
  expect([await db().transcripts.list(meetingId), rows]).toEqual([[], [{ n: 0 }]])
})

const sign = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom(
    '"',
    '-',
    "'",
    '\\',
    ':*',
    '&',
    '|',
    '!',
    '<->',
    '(',
    ')',
    '会議',
    'ประชุม',
    '회의',
    'é',
    'ﷺ',
    '½',
    '㍿',
    '\ud800',
  ),
)
const oddText = fc.array(sign, { maxLength: 12 }).map((signs) => signs.join(''))

test('no query makes PostgreSQL raise an error, and every text is found by itself', async () => {
  const owner = await newUser()
  const search = (query: SearchQuery) =>
    db().transcriptSearch.search({
      userId: owner,
      lateAccess: 'recording',
      filter: { query },
      order: 'best',
      after: null,
      limit: 1,
    })
  await fc.assert(
    fc.asyncProperty(oddText, async (text) => {
      const query = readSearchQuery(text)
      if (query) await search(query)
    }),
    { numRuns: 300 },
  )
  await fc.assert(
    fc.asyncProperty(oddText, async (odd) => {
      // What PostgreSQL cannot hold, the readers of transcripts have removed; a quotation mark would end the phrase.
      const text = odd.normalize('NFC').replace(/[\0"“”„‟«»〝〞〟＂\p{Surrogate}]/gu, '')
      const query = readSearchQuery(`"${text}"`)
      if (!query) return
      await storedTranscript({ owner, requestedBy: owner, text })
      expect(await search(query)).toHaveLength(1)
    }),
    { numRuns: 60 },
  )
})
