import { beforeAll, describe, expect, test } from 'vitest'
import type { Meeting } from '../../../src/meetings/meeting.ts'
import { readSearchQuery, type SearchQuery } from '../../../src/recordings/search/search-query.ts'
import type { Search, SearchFilter } from '../../../src/recordings/search/transcript-search.ts'
import { at } from '../../meetings/builders.ts'
import { aTranscript, said } from './transcript-builders.ts'
import type { TranscriptStage } from './transcript-stage.ts'

const queryOf = (text: string) => readSearchQuery(text) as SearchQuery

/** A word of each language, the sentence in which it was said, and how somebody may look for it. */
const languages: [language: string, sentence: string, query: string][] = [
  ['English', 'We discussed the budget at length.', 'BUDGET'],
  ['French', 'L’équipe a terminé l’évaluation.', 'equipe evaluation'],
  ['German', 'Die Straße ist gesperrt.', 'strasse'],
  ['Vietnamese', 'Cuộc họp bắt đầu lúc tám giờ.', 'cuoc hop'],
  ['Polish', 'Zespół z Łodzi jest gotowy.', 'lodzi'],
  ['Turkish', 'İstanbul ofisi yarın kapalı.', 'istanbul'],
  ['Russian', 'Ещё одна встреча завтра.', 'еще встреча'],
  ['Greek', 'Η συνάντηση αρχίζει τώρα, Γιώργος.', 'συναντηση γιωργοσ'],
  ['Arabic', 'يبدأ الاجتماع غدا صباحا', 'الاجتماع'],
  ['Hebrew', 'הפגישה מתחילה מחר', 'הפגישה'],
  ['Hindi', 'बैठक का समय बदल गया है', 'बैठक'],
  ['Thai', 'การประชุมวันนี้ยาวมาก', 'ประชุม'],
  ['Japanese', '会議の議事録を送ります', '議事録'],
  ['Japanese, inside of a longer word', '会議室は三階です', '会議'],
  ['Chinese', '我们明天讨论预算的问题', '预算'],
  ['Korean, with a particle', '회의를 시작하겠습니다', '회의'],
]

export function transcriptSearchContract(open: () => TranscriptStage): void {
  describe('search', () => {
    let stage: TranscriptStage
    let userId: string
    beforeAll(async () => {
      stage = open()
      userId = await stage.newUser()
    })

    const wanted = (query: string, changes: Partial<Search> = {}, filter: Partial<SearchFilter> = {}): Search => ({
      userId,
      lateAccess: 'recording',
      filter: { query: queryOf(query), ...filter },
      order: 'newest',
      after: null,
      limit: 50,
      ...changes,
    })
    const found = async (search: Search) => (await stage.transcriptSearch.search(search)).map(({ text }) => text)

    async function allPages(first: Search): Promise<string[]> {
      const page = await stage.transcriptSearch.search(first)
      const last = page.at(-1)
      return last ? [...page.map(({ text }) => text), ...(await allPages({ ...first, after: last }))] : []
    }

    /** A meeting of a new user, in which these sentences were said. */
    async function meetingOf(texts: string[], changes: Partial<Meeting> = {}) {
      const meeting = await stage.newMeeting(changes)
      await stage.store(meeting.id, aTranscript(texts.map((text, i) => said('Ines', i * 3, text))))
      return meeting
    }

    test.each(languages)('finds a word in %s', async (_, sentence, query) => {
      const meeting = await meetingOf([sentence, 'nothing of the kind'])
      expect(await found(wanted(query, { userId: meeting.userId }))).toEqual([sentence])
    })

    test('tells apart what only looks similar in other scripts', async () => {
      const meeting = await meetingOf(['がんばる', 'मेल', 'かんぱい'])
      const of = { userId: meeting.userId }
      expect([await found(wanted('か', of)), await found(wanted('मल', of))]).toEqual([['かんぱい'], []])
    })

    test('says where, when and by whom it was said', async () => {
      const meeting = await meetingOf(['Hello', 'The budget is fine'], { joinedAt: at(3), recordingStartedAt: at(5) })
      await stage.transcripts.nameSpeakers(meeting.id, [{ label: 'Ines', name: 'Inès', foldedName: 'INES' }], at(80))
      const of = { userId: meeting.userId }
      const [stored] = await stage.transcripts.list(meeting.id)
      expect(await stage.transcriptSearch.search(wanted('budget', of))).toEqual([
        {
          meetingId: meeting.id,
          transcriptId: stored?.id,
          version: 1,
          seq: 2,
          originalSpeaker: 'Ines',
          speaker: 'Inès',
          startMs: 3_000,
          endMs: 5_000,
          text: 'The budget is fine',
          language: 'en',
          spokenAt: at(5, 3),
          rank: 0,
          platform: 'meet',
          title: null,
          startedAt: at(5),
        },
      ])
    })

    describe('by query', () => {
      let of: { userId: string }
      beforeAll(async () => {
        const { userId: owner } = await meetingOf(['red green blue', 'green red', 'blue e-mail', 'red red yellow'])
        of = { userId: owner }
      })

      test.each([
        ['all words, in any order', 'green red', ['green red', 'red green blue']],
        ['a phrase', '"red green"', ['red green blue']],
        ['a phrase with a repeated word', '"red red"', ['red red yellow']],
        ['words without another', 'red -blue', ['red red yellow', 'green red']],
        ['words without a phrase', 'red -"green blue"', ['red red yellow', 'green red']],
        ['a word with a hyphen', 'e-mail', ['blue e-mail']],
        ['part of such a word', 'mail', ['blue e-mail']],
        ['no part of a plain word', 'gree', []],
      ])('finds %s', async (_, query, texts) => {
        expect(await found(wanted(query, of))).toEqual(texts)
      })
    })

    test('filters by speaker, by original label and by name', async () => {
      const meeting = await stage.newMeeting()
      const lines = [
        said('Speaker 0', 1, 'budget one'),
        said('Speaker 1', 2, 'budget two'),
        said(null, 3, 'budget three'),
      ]
      await stage.store(meeting.id, aTranscript(lines))
      await stage.transcripts.nameSpeakers(meeting.id, [{ label: 'Speaker 0', name: 'Zoë', foldedName: 'ZOE' }], at(80))
      const by = (speaker: string) => found(wanted('budget', { userId: meeting.userId }, { speaker }))
      expect([await by('ZOE'), await by('SPEAKER 0'), await by('SPEAKER 1'), await by('ZO')]).toEqual([
        ['budget one'],
        ['budget one'],
        ['budget two'],
        [],
      ])
    })

    test('filters by time, platform and bot', async () => {
      const owner = await stage.newUser()
      const early = await stage.newMeeting({ userId: owner, joinAt: at(0), platform: 'zoom' })
      const late = await stage.newMeeting({ userId: owner, joinAt: at(100) })
      for (const { id } of [early, late])
        await stage.store(id, aTranscript([said('Ines', 0, 'budget'), said('Ines', 30, 'budget again')]))
      const count = async (filter: Partial<SearchFilter>) =>
        (await found(wanted('budget', { userId: owner }, filter))).length
      const counts = [
        await count({}),
        await count({ from: at(50) }),
        await count({ to: at(50) }),
        await count({ from: at(0), to: at(0, 30) }),
        await count({ platform: 'zoom' }),
        await count({ platform: 'teams' }),
        await count({ botId: early.id }),
        await count({ botId: userId }),
      ]
      expect(counts).toEqual([4, 2, 2, 1, 2, 0, 2, 0])
    })

    test('looks only into the current version', async () => {
      const meeting = await meetingOf(['old words'])
      const of = { userId: meeting.userId }
      await stage.store(meeting.id, aTranscript([said('Ines', 1, 'new words')]))
      expect([await found(wanted('words', of)), await found(wanted('old', of))]).toEqual([['new words'], []])
    })

    test.each(['newest', 'best'] as const)('pages through all, %s first, none twice', async (order) => {
      const owner = await stage.newUser()
      for (const [i, joinAt] of [at(0), at(100), at(100)].entries())
        await meetingOf([`word ${i}`, `word word ${i}`, `none ${i}`], { userId: owner, joinAt })
      const texts = await allPages(wanted('word', { userId: owner, order, limit: 2 }))
      expect(texts.toSorted()).toEqual(['word 0', 'word 1', 'word 2', 'word word 0', 'word word 1', 'word word 2'])
      expect(texts.at(-1)).toBe('word 0')
    })

    test('puts what matches best first', async () => {
      const meeting = await meetingOf(['budget budget budget', 'the budget of next year'])
      const best = await found(wanted('budget', { userId: meeting.userId, order: 'best' }))
      expect(best).toEqual(['budget budget budget', 'the budget of next year'])
    })

    describe('shows', () => {
      async function shareWith(meeting: Meeting, sharer: string, sharedSince: Date, sharedLate: boolean) {
        const before = (await stage.meetings.find(meeting.id)) as Meeting
        const subscribe = { ...meeting, userId: sharer, sharedSince, sharedLate, extra: null, calendarEventId: null }
        await stage.meetings.saveChange({ before, next: before, entries: [], cause: 'api', subscribe })
      }
      const secret = aTranscript([said('Ines', 1, 'secret plan')])
      const seenBy = async (sharer: string, lateAccess: Search['lateAccess']) =>
        (await found(wanted('secret', { userId: sharer, lateAccess }))).length

      test('nothing to a stranger', async () => {
        await meetingOf(['secret plan'])
        expect(await found(wanted('secret', { userId: await stage.newUser() }))).toEqual([])
      })

      test.each([
        ['everything to one who shared the bot in time', 1, false, 1, 1],
        ['nothing to one who was known to come late, unless latecomers see recordings', 1, true, 1, 0],
        ['nothing to one who came late by the clock of the bot, unless latecomers see recordings', 9, false, 1, 0],
      ])('%s', async (_, minute, sharedLate, withRecording, withStatus) => {
        const meeting = await stage.newMeeting({ recordingStartedAt: at(5) })
        const sharer = await stage.newUser()
        await shareWith(meeting, sharer, at(minute), sharedLate)
        await stage.store(meeting.id, secret)
        expect(await seenBy(sharer, 'recording')).toBe(withRecording)
        expect(await seenBy(sharer, 'status')).toBe(withStatus)
      })

      test('nothing more to a user who gave up the bot', async () => {
        const meeting = await stage.newMeeting()
        const sharer = await stage.newUser()
        await shareWith(meeting, sharer, at(1), false)
        await stage.store(meeting.id, secret)
        expect(await seenBy(sharer, 'status')).toBe(1)
        const before = (await stage.meetings.find(meeting.id)) as Meeting
        await stage.meetings.saveChange({ before, next: before, entries: [], cause: 'api', unsubscribe: sharer })
        expect(await seenBy(sharer, 'status')).toBe(0)
      })

      test('nothing to an owner who took over a bot after coming late', async () => {
        const meeting = await stage.newMeeting({ recordingStartedAt: at(5), sharedSince: at(9), sharedLate: false })
        await stage.store(meeting.id, secret)
        expect(await seenBy(meeting.userId, 'status')).toBe(0)
        expect(await seenBy(meeting.userId, 'recording')).toBe(1)
      })
    })
  })
}
