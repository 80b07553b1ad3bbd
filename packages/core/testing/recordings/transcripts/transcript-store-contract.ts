import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { contentOf, storeTranscript } from '../../../src/recordings/transcripts/store-transcript.ts'
import type { NewTranscript } from '../../../src/recordings/transcripts/transcript-store.ts'
import { aMeeting, at } from '../../meetings/builders.ts'
import { speechOrderContract } from '../speech/speech-order-contract.ts'
import { aTranscript, said } from './transcript-builders.ts'
import { transcriptSearchContract } from './transcript-search-contract.ts'
import type { OpenedTranscripts, TranscriptStage } from './transcript-stage.ts'

const begun = (meetingId: string, changes: Partial<NewTranscript> = {}): NewTranscript => ({
  id: randomUUID(),
  meetingId,
  source: 'deepgram',
  sourceKey: randomUUID(),
  service: 'deepgram',
  model: 'nova-3',
  language: null,
  requestedBy: null,
  createdAt: at(60),
  ...changes,
})

/** What every TranscriptStore must keep, and its TranscriptSearch with it. */
export function transcriptStoreContract(open: () => Promise<OpenedTranscripts>): void {
  let stage: TranscriptStage
  beforeAll(async () => {
    const opened = await open()
    stage = {
      ...opened,
      async newMeeting(changes = {}) {
        const meeting = aMeeting({ joinKey: `meet:${randomUUID()}`, ...changes })
        const userId = changes.userId ?? (await opened.newUser())
        const entry = {
          type: 'bot_requested' as const,
          occurredAt: at(0),
          data: { joinAt: null },
          cause: 'api' as const,
        }
        await opened.meetings.claim({ ...meeting, userId }, entry, 'nobody')
        return { ...meeting, userId }
      },
      store: (meetingId, transcript, sourceKey = randomUUID()) =>
        storeTranscript(
          { transcripts: opened.transcripts, newId: randomUUID, now: () => at(61) },
          { meetingId, source: 'vendor', sourceKey, transcript },
        ),
    }
  })

  describe('a transcript', () => {
    test('is stored whole, with its counts, and is the current one', async () => {
      const { id } = await stage.newMeeting()
      const transcript = aTranscript([said('Ines', 1, 'Shall we start?', { words: 3 }), said('Bo', 5, 'Yes.')])
      const stored = await stage.store(id, transcript, 'file')
      expect(stored).toMatchObject({ outcome: 'stored' })
      const versions = await stage.transcripts.list(id)
      expect(versions).toMatchObject([
        {
          version: 1,
          source: 'vendor',
          sourceKey: 'file',
          state: 'complete',
          isCurrent: true,
          utterances: 2,
          words: 4,
          speakers: ['Ines', 'Bo'],
          durationMs: 7_000,
          language: 'en',
          service: 'gladia',
          problems: { overlapping: 1 },
          createdAt: at(61),
          completedAt: at(61),
        },
      ])
      const lines = await stage.transcripts.utterances(versions[0]?.id as string, 0, 10)
      expect(lines).toEqual(transcript.utterances.map((utterance, i) => ({ ...utterance, seq: i + 1 })))
    })

    test('without utterances is stored, too', async () => {
      const { id } = await stage.newMeeting()
      await stage.store(id, aTranscript([]))
      expect(await stage.transcripts.list(id)).toMatchObject([{ isCurrent: true, utterances: 0, speakers: [] }])
    })

    test('is stored once, also when two do it at the same moment', async () => {
      const { id } = await stage.newMeeting()
      const transcript = aTranscript([said('Ines', 1, 'Hello')])
      const stored = await Promise.all(Array.from({ length: 4 }, () => stage.store(id, transcript, 'file')))
      expect(stored.filter(({ outcome }) => outcome === 'stored')).toHaveLength(1)
      expect(await stage.store(id, transcript, 'file')).toMatchObject({ outcome: 'already_stored' })
      const versions = await stage.transcripts.list(id)
      expect(versions).toHaveLength(1)
      expect(await stage.transcripts.utterances(versions[0]?.id as string, 0, 10)).toHaveLength(1)
    })

    test('of a meeting that is not there is not stored', async () => {
      const outcome = await stage.store(randomUUID(), aTranscript([said('Ines', 1, 'Hello')]))
      expect(outcome).toEqual({ outcome: 'no_meeting' })
    })

    test('is read page by page', async () => {
      const { id } = await stage.newMeeting()
      await stage.store(id, aTranscript(Array.from({ length: 5 }, (_, i) => said('Ines', i, `Line ${i}`))))
      const transcriptId = (await stage.transcripts.list(id))[0]?.id as string
      const page = async (after: number) =>
        (await stage.transcripts.utterances(transcriptId, after, 2)).map(({ text }) => text)
      expect([await page(0), await page(2), await page(4)]).toEqual([
        ['Line 0', 'Line 1'],
        ['Line 2', 'Line 3'],
        ['Line 4'],
      ])
      expect(await stage.transcripts.utterances(randomUUID(), 0, 2)).toEqual([])
    })
  })

  describe('versions', () => {
    const content = (text: string) => contentOf(aTranscript([said('Ines', 1, text)]))
    const states = async (meetingId: string) =>
      (await stage.transcripts.list(meetingId)).map(({ version, state, isCurrent }) => ({ version, state, isCurrent }))

    test('the old one stays current until the new one is complete', async () => {
      const { id } = await stage.newMeeting()
      await stage.store(id, aTranscript([said('Ines', 1, 'Old')]))
      const next = begun(id)
      expect(await stage.transcripts.begin(next)).toMatchObject({
        outcome: 'begun',
        transcript: { version: 2, state: 'making', isCurrent: false, model: 'nova-3', completedAt: null },
      })
      const old = { version: 1, state: 'complete', isCurrent: true }
      expect(await states(id)).toEqual([{ version: 2, state: 'making', isCurrent: false }, old])
      await stage.transcripts.complete(next.id, content('New'), at(70))
      expect(await states(id)).toEqual([
        { version: 2, state: 'complete', isCurrent: true },
        { ...old, isCurrent: false },
      ])
    })

    test('one that is complete later than a newer one does not replace it', async () => {
      const { id } = await stage.newMeeting()
      const [first, second] = [begun(id), begun(id)]
      await stage.transcripts.begin(first)
      await stage.transcripts.begin(second)
      await stage.transcripts.complete(second.id, content('New'), at(70))
      await stage.transcripts.complete(first.id, content('Old'), at(71))
      expect((await states(id)).map(({ isCurrent }) => isCurrent)).toEqual([true, false])
    })

    test('made at the same moment get different numbers, and one is current', async () => {
      const { id } = await stage.newMeeting()
      await Promise.all(Array.from({ length: 6 }, (_, i) => stage.store(id, aTranscript([said('Bo', i, 'Hello')]))))
      const versions = await states(id)
      expect(versions.map(({ version }) => version)).toEqual([6, 5, 4, 3, 2, 1])
      expect(versions.filter(({ isCurrent }) => isCurrent)).toMatchObject([{ version: 6 }])
    })

    test('a failure says why, leaves the old one current, and can still end well', async () => {
      const { id } = await stage.newMeeting()
      await stage.store(id, aTranscript([said('Ines', 1, 'Old')]))
      const next = begun(id)
      await stage.transcripts.begin(next)
      const error = { code: 'VENDOR_UNAVAILABLE', message: 'It did not answer.' }
      expect(await stage.transcripts.fail(next.id, error, at(70))).toBe(true)
      expect(await stage.transcripts.fail(next.id, error, at(70))).toBe(false)
      const failed = { state: 'failed', errorCode: error.code, errorMessage: error.message, completedAt: at(70) }
      expect(await stage.transcripts.list(id)).toMatchObject([failed, { isCurrent: true }])
      expect(await stage.transcripts.complete(next.id, content('New'), at(80))).toMatchObject({
        outcome: 'completed',
        transcript: { state: 'complete', isCurrent: true, errorCode: null, errorMessage: null },
      })
      expect(await stage.transcripts.fail(next.id, error, at(90))).toBe(false)
    })

    test('a complete one does not change, and one that is gone cannot be completed', async () => {
      const { id } = await stage.newMeeting()
      const one = begun(id)
      await stage.transcripts.begin(one)
      expect(await stage.transcripts.begin({ ...one, id: randomUUID() })).toMatchObject({
        outcome: 'existing',
        transcript: { id: one.id },
      })
      await stage.transcripts.complete(one.id, content('First'), at(70))
      const again = await stage.transcripts.complete(one.id, content('Second'), at(71))
      expect(again).toMatchObject({ outcome: 'existing', transcript: { completedAt: at(70) } })
      expect(await stage.transcripts.utterances(one.id, 0, 9)).toMatchObject([{ text: 'First' }])
      expect(await stage.transcripts.complete(randomUUID(), content('None'), at(70))).toBeNull()
    })
  })

  describe('speakers', () => {
    test('are those of all versions, and keep their labels when they get a name', async () => {
      const { id } = await stage.newMeeting()
      await stage.store(
        id,
        aTranscript([said('Speaker 0', 1, 'Hello'), said(null, 2, 'Hm'), said('Speaker 1', 3, 'Hi')]),
      )
      await stage.store(id, aTranscript([said('Speaker 1', 1, 'Hello'), said('Zoë', 2, 'Hi')]))
      const name = (label: string, called: string | null) =>
        stage.transcripts.nameSpeakers(
          id,
          [{ label, name: called, foldedName: called && called.toUpperCase() }],
          at(80),
        )
      await name('Speaker 0', 'Ines')
      await name('Speaker 1', 'Bo')
      await name('Speaker 1', 'Bob')
      await name('Speaker 0', null)
      await name('Zoë', null)
      expect(await stage.transcripts.speakers(id)).toEqual([
        { label: 'Speaker 0', name: null },
        { label: 'Speaker 1', name: 'Bob' },
        { label: 'Zoë', name: null },
      ])
      const [, first] = await stage.transcripts.list(id)
      const lines = await stage.transcripts.utterances(first?.id as string, 0, 9)
      expect(lines.map(({ speaker }) => speaker)).toEqual(['Speaker 0', null, 'Speaker 1'])
    })
  })

  describe('removeOf', () => {
    test('removes everything of one meeting and says how much that was', async () => {
      const [gone, kept] = [await stage.newMeeting(), await stage.newMeeting()]
      for (const { id } of [gone, kept]) {
        await stage.store(id, aTranscript([said('Ines', 1, 'One'), said('Bo', 2, 'Two')]))
        await stage.store(id, aTranscript([said('Ines', 1, 'Three')]))
        await stage.transcripts.nameSpeakers(id, [{ label: 'Bo', name: 'Bob', foldedName: 'BOB' }], at(80))
      }
      expect(await stage.transcripts.removeOf(gone.id)).toEqual({ transcripts: 2, utterances: 3, speakerNames: 1 })
      expect(await stage.transcripts.removeOf(gone.id)).toEqual({ transcripts: 0, utterances: 0, speakerNames: 0 })
      expect(await stage.transcripts.list(gone.id)).toEqual([])
      expect(await stage.transcripts.speakers(gone.id)).toEqual([])
      expect(await stage.transcripts.list(kept.id)).toHaveLength(2)
      expect(await stage.transcripts.speakers(kept.id)).toContainEqual({ label: 'Bo', name: 'Bob' })
    })
  })

  speechOrderContract(() => stage)
  transcriptSearchContract(() => stage)
}
