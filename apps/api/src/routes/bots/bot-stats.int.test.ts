import type { Meeting } from '@seer/core/meetings/meeting'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { botsUrl, clientOf, openTestApi, type TestApi } from '../../../testing/test-api.ts'

let api: TestApi
let ines: ReturnType<typeof clientOf>
let bo: ReturnType<typeof clientOf>
let operator: ReturnType<typeof clientOf>
beforeAll(async () => {
  api = await openTestApi({ policy: { sharing: 'all', lateAccess: 'status' } })
  ines = clientOf(api.app, await api.makeKey('ines'))
  bo = clientOf(api.app, await api.makeKey('bo'))
  operator = clientOf(api.app, await api.makeKey('operator', 'admin'))
  await end(await order(ines, 'https://zoom.us/j/91111111111'), { state: 'completed' })
  await end(await order(ines, 'https://meet.google.com/abc-defg-hij'), {
    state: 'failed',
    errorCode: 'BOT_NOT_ACCEPTED',
  })
  await order(bo, 'https://zoom.us/j/92222222222')
  // Bo came while it was recording.
  const late = await order(ines, 'https://zoom.us/j/93333333333')
  await change(late, { state: 'recording', recordingStartedAt: api.deps.now() })
  api.clock.now = new Date(+api.clock.now + 60_000)
  await order(bo, 'https://zoom.us/j/93333333333')
  await end(late, { state: 'completed' })
})
afterAll(() => api.close())

const order = async (of: typeof ines, meetingUrl: string): Promise<string> =>
  (await of('POST', botsUrl, { meetingUrl })).body.data.id

async function change(id: string, changes: Partial<Meeting>): Promise<void> {
  const before = (await api.db.meetings.find(id)) as Meeting
  await api.db.meetings.saveChange({ before, next: { ...before, ...changes }, entries: [], cause: 'webhook' })
}

const end = (id: string, changes: Partial<Meeting>) => {
  const delivery = { grade: 'good', reasons: [], facts: {} } as unknown as Meeting['delivery']
  return change(id, { finalAt: api.deps.now(), delivery, writeDueAt: null, dueAt: null, ...changes })
}
const stats = async (of: typeof ines, query = '') => (await of('GET', `${botsUrl}/stats${query}`)).body.data

describe('counts', () => {
  // The clock of the request is what ends the span.
  beforeAll(() => {
    api.clock.now = new Date(+api.clock.now + 60_000)
  })

  test('the bots that a user owns or shares', async () => {
    expect(await stats(ines)).toMatchObject({
      total: 3,
      outcomes: { completed: 2, failed: 1 },
      causes: { lobby: 1 },
      codes: [{ code: 'BOT_NOT_ACCEPTED', cause: 'lobby', count: 1 }],
      grades: { good: 3 },
      platforms: [
        { platform: 'meet', total: 1 },
        { platform: 'zoom', total: 2, outcomes: { completed: 2 }, causes: {} },
      ],
      days: [{ day: '2026-05-05', total: 3 }],
    })
    expect(await stats(bo)).toMatchObject({ total: 2, outcomes: { open: 1, completed: 1 } })
  })

  test('no grade of a recording that is kept from the user', async () => {
    expect((await stats(bo)).grades).toEqual({})
  })

  test('those of all users for an operator only', async () => {
    expect((await stats(operator, '?all=1')).total).toBe(4)
    expect((await stats(operator)).total).toBe(0)
    expect((await ines('GET', `${botsUrl}/stats?all=1`)).status).toBe(403)
  })

  test('those of a span', async () => {
    expect((await stats(ines, '?since=2026-05-01T00:00:00Z&until=2026-05-05T00:00:00Z')).total).toBe(0)
    expect((await stats(ines, '?until=2026-05-06T00:00:00Z')).total).toBe(3)
  })
})

test.each([
  ['a span that is empty', '?since=2026-05-02T00:00:00Z&until=2026-05-02T00:00:00Z'],
  ['a span of more than a year', '?since=2020-05-02T00:00:00Z'],
  ['a time that is none', '?since=yesterday'],
  ['an unknown field', '?after=1'],
])('%s is refused', async (_name, query) => {
  const { status, body } = await ines('GET', `${botsUrl}/stats${query}`)
  expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED'])
})
