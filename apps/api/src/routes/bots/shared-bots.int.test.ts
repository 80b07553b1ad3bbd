import { nothingDelivered } from '@seer/core/meetings/delivery/facts-of-run'
import type { LateAccess } from '@seer/core/meetings/sharing/sharing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openRecordingUser, type RecordingUser } from '../../../testing/recordings.ts'
import { openTestApi, type TestApi } from '../../../testing/test-api.ts'

const botsUrl = '/api/meetingbaas/bots'
let api: TestApi
let ines: RecordingUser
let bo: RecordingUser
let meetingUrl: string
let rooms = 0

const later = () => new Date(+api.deps.now() + 3_600_000)
const sharing = { sharing: 'domain' as const }

function useApi(lateAccess: LateAccess): void {
  beforeAll(async () => {
    api = await openTestApi({ policy: { ...sharing, lateAccess } })
    ines = await openRecordingUser(api, 'ines')
    bo = await openRecordingUser(api, 'bo')
  })
  afterAll(() => api.close())
  beforeEach(() => {
    meetingUrl = `https://zoom.us/j/${93_000_000_000 + ++rooms}`
  })
}

const order = (user: RecordingUser, more: object = {}) =>
  user.client('POST', botsUrl, { meetingUrl, joinAt: later().toISOString(), ...more })
const get = (user: RecordingUser, id: string) => user.client('GET', `${botsUrl}/${id}`)
const end = (user: RecordingUser, id: string) => user.client('DELETE', `${botsUrl}/${id}`)

/** The bot records; whoever comes now comes late. */
async function startRecording(id: string): Promise<void> {
  await change(id, { state: 'recording', recordingStartedAt: api.deps.now() })
  api.clock.now = new Date(+api.clock.now + 60_000)
}

async function change(id: string, changes: object): Promise<void> {
  const before = await api.db.meetings.find(id)
  if (!before) throw new Error('no such meeting')
  const entries = [{ type: 'chat_message' as const, occurredAt: api.deps.now(), data: { text: 'hush' } }]
  await api.db.meetings.saveChange({ before, next: { ...before, ...changes }, entries, cause: 'webhook' })
}

const artifacts = {
  video: 'https://files.test/v',
  audio: null,
  diarization: null,
  transcription: null,
  rawTranscription: null,
  chat: null,
}
const linkTo = (id: string) => `https://seer.example/api/meetingbaas/bots/${id}/recordings/video/content`
const results = {
  state: 'completed',
  artifacts,
  artifactsExpireAt: new Date('2030-01-01'),
  participants: [{ name: 'Ines', id: null, displayName: null }],
  speakers: [],
}

/** The run ends with results and a grade. */
async function deliver(id: string): Promise<void> {
  const meeting = await api.db.meetings.find(id)
  await change(id, { ...results, delivery: meeting && nothingDelivered(meeting) })
}

/** How often the bot is among those that are listed by their grade. */
async function withGrade(user: RecordingUser, id: string): Promise<number> {
  const { body } = await user.client('GET', `${botsUrl}?delivery=good,partial,empty`)
  return body.data.filter((bot: { id: string }) => bot.id === id).length
}

describe('a bot of two users', () => {
  useApi('recording')

  test('is the answer to both orders, and each sees it among theirs with data of their own', async () => {
    const first = await order(ines, { extra: { mine: 'ines' } })
    expect(first).toMatchObject({
      status: 202,
      body: { data: { role: 'owner', sharedWithOthers: 0, sharedSince: null } },
    })
    const { id } = first.body.data
    const second = await order(bo, { extra: { mine: 'bo' } })
    const shared = { id, role: 'subscriber', sharedWithOthers: 1, extra: { mine: 'bo' }, recordingHidden: false }
    expect(second).toMatchObject({ status: 200, headers: { location: `${botsUrl}/${id}` }, body: { data: shared } })
    expect((await get(bo, id)).body.data).toMatchObject(shared)
    expect((await get(ines, id)).body.data).toMatchObject({
      role: 'owner',
      sharedWithOthers: 1,
      extra: { mine: 'ines' },
    })
    const listed = (await bo.client('GET', `${botsUrl}?meetingUrl=${encodeURIComponent(meetingUrl)}`)).body.data
    expect(listed).toMatchObject([shared])
    const types = (await get(bo, id)).body.data.timeline.map(({ type }: { type: string }) => type)
    expect(types).toEqual(['bot_requested', 'subscriber_joined'])
  })

  test('is booked once for the events of both, and each event names it', async () => {
    const event = { meetingUrl, startTime: later(), endTime: new Date(+later() + 1_800_000) }
    for (const user of [ines, bo]) await user.putRules({ enabled: true })
    const mine = await ines.put(event)
    const theirs = await bo.put(event)
    await ines.autoSchedule()
    expect(await bo.autoSchedule()).toMatchObject({ booked: 0, shared: 1 })
    const [a, b] = [await ines.event(mine), await bo.event(theirs)]
    expect(a.decision).toMatchObject({ willRecord: true, winner: 'rules_match' })
    expect(b.decision).toMatchObject({
      willRecord: true,
      winner: 'shared_with_bot',
      sharedWith: { meetingId: a.botId },
    })
    expect(b.botId).toBe(a.botId)
    const bot = (await get(bo, a.botId)).body.data
    expect(bot).toMatchObject({ calendarEventId: theirs, role: 'subscriber' })
    expect(JSON.stringify(bot)).not.toContain(mine)
    for (const user of [ines, bo]) await user.putRules({ enabled: false })
  })

  test('each is shown the link that is theirs, wherever the bot is shown, and nobody the passcode of another', async () => {
    const event = {
      meetingUrl: `${meetingUrl}?pwd=secret`,
      startTime: later(),
      endTime: new Date(+later() + 1_800_000),
    }
    await ines.putRules({ enabled: true })
    const mine = await ines.put(event)
    const theirs = await bo.put({ ...event, meetingUrl })
    await ines.autoSchedule()
    const id = (await ines.event(mine)).botId
    await change(id, { errorMessage: `no entry to ${meetingUrl}?pwd=secret`, errorCode: 'X', changeOwed: true })
    const key = { 'idempotency-key': `own-link-${rooms}` }
    const body = { meetingUrl, joinAt: later().toISOString() }
    const seen = [
      (await bo.client('POST', botsUrl, body, key)).body,
      (await bo.client('POST', botsUrl, body, key)).body,
      (await get(bo, id)).body,
      (await bo.client('GET', botsUrl)).body,
      (await bo.client('GET', `${botsUrl}/${id}/events`)).body,
      await bo.event(theirs),
    ]
    await ines.put({ ...event, id: mine, startTime: new Date(+event.startTime + 60_000) })
    await ines.autoSchedule()
    await end(ines, id)
    seen.push((await get(bo, id)).body, (await end(bo, id)).body)
    expect(JSON.stringify(seen)).not.toContain('secret')
    expect(seen[6].data).toMatchObject({ role: 'owner', meetingUrl })
    expect(await api.db.meetings.find(id)).toMatchObject({ joinUrl: `${meetingUrl}?pwd=secret` })
    await ines.putRules({ enabled: false })
  })

  test('is not given to somebody who is not invited and does not know the passcode: they get a bot of their own', async () => {
    const { body } = await order(ines, { meetingUrl: `${meetingUrl}?pwd=secret` })
    const own = await order(bo)
    expect(own).toMatchObject({ status: 202, body: { data: { role: 'owner', meetingUrl } } })
    expect(own.body.data.id).not.toBe(body.data.id)
    expect((await get(bo, body.data.id)).status).toBe(404)
    const knowing = await openRecordingUser(api, 'ada')
    expect(await order(knowing, { meetingUrl: `${meetingUrl}?pwd=secret` })).toMatchObject({
      status: 200,
      body: { data: { id: body.data.id, role: 'subscriber' } },
    })
  })

  test('is left by each user who ends it, and they no longer see it; the last one ends it', async () => {
    const { id } = (await order(ines)).body.data
    await order(bo)
    expect(await end(ines, id)).toMatchObject({ status: 200, body: { data: { id, role: 'left', state: 'pending' } } })
    expect((await get(ines, id)).status).toBe(404)
    expect((await ines.client('GET', `${botsUrl}/${id}/events`)).status).toBe(404)
    expect((await end(ines, id)).status).toBe(404)
    expect((await get(bo, id)).body.data).toMatchObject({ role: 'owner', sharedWithOthers: 0 })
    expect(await end(bo, id)).toMatchObject({ status: 200, body: { data: { role: 'owner', state: 'cancelled' } } })
  })

  test('is also seen by users who came late', async () => {
    const { id } = (await order(ines, { joinAt: undefined })).body.data
    await startRecording(id)
    await order(bo, { joinAt: undefined })
    await change(id, results)
    expect((await get(bo, id)).body.data).toMatchObject({ recordingHidden: false, recordingUrl: linkTo(id) })
  })

  test('a repeated order under one Idempotency-Key gets the same shared bot', async () => {
    const { id } = (await order(ines)).body.data
    const ask = () =>
      bo.client('POST', botsUrl, { meetingUrl, joinAt: later().toISOString() }, { 'idempotency-key': `share-${rooms}` })
    const answers = [await ask(), await ask()]
    expect(answers.map(({ status, body }) => [status, body.data.id])).toEqual([
      [200, id],
      [200, id],
    ])
  })

  test('people of other companies have a bot each', async () => {
    const { body } = await order(ines)
    const stranger = await openRecordingUser(api, 'stranger')
    const integration = await api.db.integrations.find(stranger.calendar.id)
    if (!integration) throw new Error('no calendar')
    const next = { ...integration, accountEmail: 'lee@other.test' }
    await api.db.integrations.saveChange({ before: integration, next, entries: [], cause: 'api' })
    expect(await order(stranger)).toMatchObject({ status: 202, body: { data: { role: 'owner' } } })
    expect((await get(stranger, body.data.id)).status).toBe(404)
  })
})

describe('where recordings are not shown to users who came late', () => {
  useApi('status')

  test('a user who came late sees the state of the bot and nothing that it recorded, even as its owner', async () => {
    const { id } = (await order(ines, { joinAt: undefined })).body.data
    await startRecording(id)
    expect((await order(bo, { joinAt: undefined })).body.data).toMatchObject({
      recordingHidden: true,
      state: 'recording',
    })
    await deliver(id)
    expect([await withGrade(bo, id), await withGrade(ines, id)]).toEqual([0, 1])
    const hidden = { recordingUrl: null, delivery: null, participants: null, speakers: null }
    const seen = (await get(bo, id)).body.data
    expect(seen).toMatchObject({ ...hidden, recordingHidden: true, state: 'completed' })
    expect(JSON.stringify(seen)).not.toContain('hush')
    expect(JSON.stringify((await bo.client('GET', `${botsUrl}/${id}/events`)).body)).not.toContain('hush')
    expect((await bo.client('GET', botsUrl)).body.data[0]).toMatchObject(hidden)
    expect((await get(ines, id)).body.data).toMatchObject({ recordingUrl: linkTo(id), recordingHidden: false })
  })

  test('a user who came late does not see it either after the owner has left', async () => {
    const { id } = (await order(ines, { joinAt: undefined })).body.data
    await startRecording(id)
    await order(bo, { joinAt: undefined })
    expect((await end(ines, id)).body.data.role).toBe('left')
    await deliver(id)
    expect((await get(bo, id)).body.data).toMatchObject({ role: 'owner', recordingHidden: true, recordingUrl: null })
    expect(await withGrade(bo, id)).toBe(0)
  })

  test('a user who came before sees everything', async () => {
    const { id } = (await order(ines)).body.data
    await order(bo)
    api.clock.now = new Date(+api.clock.now + 1)
    await startRecording(id)
    await deliver(id)
    expect((await get(bo, id)).body.data).toMatchObject({ recordingHidden: false, recordingUrl: linkTo(id) })
    expect(await withGrade(bo, id)).toBe(1)
  })
})
