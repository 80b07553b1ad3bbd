import { expect, test } from 'vitest'
import { botStats, type OutcomeCount } from './bot-stats.ts'

const completed: OutcomeCount = {
  ...{ day: '2030-01-02', platform: 'zoom', outcome: 'completed', errorCode: null, grade: 'good', count: 5 },
}
const counts: OutcomeCount[] = [
  completed,
  { ...completed, day: '2030-01-01', platform: 'teams', grade: 'partial', count: 2 },
  { ...completed, outcome: 'failed', errorCode: 'BOT_NOT_ACCEPTED', grade: 'empty', count: 3 },
  { ...completed, outcome: 'failed', errorCode: 'TIMEOUT_WAITING_TO_START', grade: 'empty', count: 1 },
  { ...completed, platform: 'teams', outcome: 'failed', errorCode: 'NEW_CODE', grade: 'empty', count: 3 },
  { ...completed, outcome: 'open', grade: null, count: 4 },
]

test('counts are added up by outcome, cause, code, grade, platform and day', () => {
  expect(botStats(counts)).toEqual({
    total: 18,
    outcomes: { completed: 7, failed: 7, open: 4 },
    causes: { lobby: 4, vendor: 3 },
    codes: [
      { code: 'BOT_NOT_ACCEPTED', cause: 'lobby', count: 3 },
      { code: 'NEW_CODE', cause: 'vendor', count: 3 },
      { code: 'TIMEOUT_WAITING_TO_START', cause: 'lobby', count: 1 },
    ],
    grades: { good: 5, partial: 2, empty: 7 },
    platforms: [
      { platform: 'teams', total: 5, outcomes: { completed: 2, failed: 3 }, causes: { vendor: 3 } },
      { platform: 'zoom', total: 13, outcomes: { completed: 5, failed: 4, open: 4 }, causes: { lobby: 4 } },
    ],
    days: [
      { day: '2030-01-01', total: 2, outcomes: { completed: 2 } },
      { day: '2030-01-02', total: 16, outcomes: { completed: 5, failed: 7, open: 4 } },
    ],
  })
})

test('without bots everything is empty', () => {
  expect(botStats([])).toEqual({ total: 0, outcomes: {}, causes: {}, codes: [], grades: {}, platforms: [], days: [] })
})
