import { deleteData } from '@seer/core/erasure/delete-data'
import type { Meeting } from '@seer/core/meetings/meeting'
import { newArtifacts } from '@seer/core/recordings/custody/new-artifacts'
import { storeTranscript } from '@seer/core/recordings/transcripts/store-transcript'
import { at, completed } from '@seer/core/testing/meetings/builders'
import { aTranscript, said } from '@seer/core/testing/recordings/transcripts/transcript-builders'
import { newId } from '@seer/infra/ids'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { botsUrl, clientOf, openTestApi, type TestApi } from '../../../testing/test-api.ts'
import { buildApi } from '../../build-api.ts'
import { Receipt } from './receipt-schema.ts'

let api: TestApi
let inesKey: string
let ines: ReturnType<typeof clientOf>
let bo: ReturnType<typeof clientOf>
beforeAll(async () => {
  api = await openTestApi({ policy: { sharing: 'all' } })
  inesKey = await api.makeKey('ines')
  ines = clientOf(api.app, inesKey)
  bo = clientOf(api.app, await api.makeKey('bo'))
})
afterAll(() => api.close())

/** A bot of Ines. `shared`: Bo has it, too. */
async function order({ shared = false } = {}): Promise<string> {
  const meetingUrl = `https://zoom.us/j/${9e10 + Math.floor(Math.random() * 9e9)}`
  const { body } = await ines('POST', botsUrl, { meetingUrl })
  if (shared) expect((await bo('POST', botsUrl, { meetingUrl })).body.data.role).toBe('subscriber')
  return body.data.id
}

/** The run of a bot ends with results and a transcript. */
async function end(id: string): Promise<void> {
  const { meetings, transcripts, artifacts } = api.db
  const before = (await meetings.find(id)) as Meeting
  const { artifacts: links, participants, speakers } = completed(at(33))
  const run = { state: 'completed' as const, finalAt: at(33), collected: true, writeDueAt: null, dueAt: null }
  const next = { ...before, ...run, meetingBaasId: newId(), artifacts: links, participants, speakers }
  const chat = { type: 'chat_message' as const, occurredAt: at(9), data: { sender: 'Bo Lind', text: 'Hello' } }
  await meetings.saveChange({ before, next, entries: [chat], cause: 'webhook' })
  const transcript = aTranscript([said('Ines Okafor', 1, 'The budget is settled.'), said('Bo Lind', 4, 'Good.')])
  const made = newArtifacts(next, { now: at(33), vendorKeepsMs: 1, newId })
  const stored = { state: 'stored' as const, settled: true, dueAt: null, storageKey: 'a', bytes: 5, sha256: 'ab' }
  await artifacts.add(made.map((one) => (one.kind === 'video' ? { ...one, ...stored } : { ...one, state: 'missing' })))
  const deps = { transcripts, newId, now: api.deps.now }
  await storeTranscript(deps, { meetingId: id, source: 'vendor', sourceKey: newId(), transcript })
}

async function ended(options?: { shared: boolean }): Promise<string> {
  const id = await order(options)
  await end(id)
  return id
}

/** What the worker does. */
async function work(meetingId: string) {
  const { vendor } = api.deps
  const bots = { deleteBotData: async () => {}, findBots: async () => [] }
  const deps = {
    ...api.db,
    vendor: bots,
    transcribeMissing: null,
    limits: vendor.limits,
    queue: api.queue,
    vendorKeepsMs: 1,
    newId,
    now: api.deps.now,
  }
  await deleteData(deps, { meetingId })
  // Their own jobs remove the files.
  for (const one of await api.db.artifacts.of(meetingId)) {
    await api.db.artifacts.save(one, { ...one, settled: true, dueAt: null })
  }
  return await deleteData(deps, { meetingId })
}

const dataUrl = (id: string) => `${botsUrl}/${id}/data`
const holdUrl = (id: string) => `${botsUrl}/${id}/hold`

describe('DELETE /bots/:botId/data', () => {
  test('answers at once with a receipt, hides everything, and is done when the job is', async () => {
    const id = await ended()
    expect((await ines('GET', dataUrl(id))).body.data).toMatchObject({ state: 'kept', vendor: null, left: [] })
    const first = await ines('DELETE', dataUrl(id))
    expect([first.status, first.body.data.state, first.body.data.vendor.outcome]).toEqual([202, 'deleting', 'pending'])
    expect(api.queue.jobs).toContainEqual({ name: 'delete-data', payload: expect.objectContaining({ meetingId: id }) })
    const { body } = await ines('GET', `${botsUrl}/${id}`)
    expect(body.data).toMatchObject({ dataState: 'deleting', participants: null, speakers: null, recordingUrl: null })
    const search = await ines('GET', `/api/meetingbaas/transcripts/search?q=budget&botId=${id}`)
    expect(search.body.data).toEqual([])
    expect((await ines('GET', `${botsUrl}/${id}/transcripts`)).body.data).toEqual([])
    const transcript = await ines('GET', `${botsUrl}/${id}/transcript`)
    expect([transcript.status, transcript.body.code]).toEqual([404, 'NO_TRANSCRIPT'])
    const video = await ines('GET', `${botsUrl}/${id}/recordings/video/content`)
    expect([video.status, video.body.code]).toEqual([410, 'RECORDING_GONE'])
    const recordings = (await ines('GET', `${botsUrl}/${id}/recordings`)).body.data
    expect(recordings.map(({ kind, state }: { kind: string; state: string }) => [kind, state])).toContainEqual([
      'video',
      'deleted',
    ])
    expect(await work(id)).toBe('deleted')
    const again = await ines('DELETE', dataUrl(id))
    expect(again.status).toBe(200)
    expect(Receipt.strict().parse(again.body.data)).toMatchObject({
      state: 'deleted',
      reason: 'request',
      database: { transcripts: [{ version: 1, utterances: 2 }], utterances: 2, chatMessages: 1 },
      vendor: { outcome: 'deleted' },
      left: [],
    })
    expect((await ines('GET', dataUrl(id))).body).toEqual(again.body)
  })

  test('keeps the timeline, without what anybody said', async () => {
    const id = await ended()
    await ines('DELETE', dataUrl(id))
    await work(id)
    const { body } = await ines('GET', `${botsUrl}/${id}`)
    const types = new Set(body.data.timeline.map(({ type }: { type: string }) => type))
    expect([...types]).toEqual([
      'bot_requested',
      'chat_message',
      'data_deletion_requested',
      'artifact_deleted',
      'delivery_graded',
      'data_deleted',
    ])
    expect(JSON.stringify(body)).not.toMatch(/Bo Lind|Ines Okafor|Hello/)
    expect((await ines('GET', `${botsUrl}/${id}/transcript`)).body.code).toBe('NO_TRANSCRIPT')
    const found = await ines('GET', '/api/meetingbaas/transcripts/search?q=budget')
    expect(found.body.data.filter(({ botId }: { botId: string }) => botId === id)).toEqual([])
  })

  test('is only for the owner, and counts for all', async () => {
    const id = await ended({ shared: true })
    const refused = await bo('DELETE', dataUrl(id))
    expect([refused.status, refused.body.code]).toEqual([403, 'NOT_THE_OWNER'])
    expect((await ines('DELETE', dataUrl(id))).status).toBe(202)
    expect((await bo('GET', dataUrl(id))).body.data.state).toBe('deleting')
    expect((await bo('GET', `${botsUrl}/${id}`)).body.data).toMatchObject({ participants: null, dataState: 'deleting' })
  })

  test('is refused for a bot that has not ended, and for one that is not there', async () => {
    const id = await order()
    const refused = await ines('DELETE', dataUrl(id))
    expect([refused.status, refused.body.code]).toEqual([409, 'BOT_NOT_ENDED'])
    const strange = await bo('DELETE', dataUrl(id))
    expect([strange.status, strange.body.code]).toEqual([404, 'NOT_FOUND'])
  })
})

test('an owner who got the bot late sees the receipt, and of the recording nothing', async () => {
  const app = buildApi({ ...api.deps, policy: { ...api.deps.policy, lateAccess: 'status' } })
  const late = clientOf(app, inesKey)
  const id = await ended({ shared: true })
  await api.db.pool.query('UPDATE meetings SET shared_since = now(), shared_late = true WHERE id = $1', [id])
  expect(await late('GET', `${botsUrl}/${id}/recordings`)).toMatchObject({ status: 403 })
  expect(await late('GET', dataUrl(id))).toMatchObject({ status: 200, body: { data: { state: 'kept' } } })
  const deleted = await late('DELETE', dataUrl(id))
  expect(deleted.status).toBe(202)
  expect((await late('GET', dataUrl(id))).body.data.state).toBe('deleting')
  await app.close()
})

describe('PUT /bots/:botId/hold', () => {
  test('keeps data from deletion until it is lifted', async () => {
    const id = await ended()
    const held = await ines('PUT', holdUrl(id), { hold: true, reason: 'Case 7' })
    expect([held.status, held.body.data.hold]).toEqual([200, { since: expect.any(String), reason: 'Case 7' }])
    const refused = await ines('DELETE', dataUrl(id))
    expect([refused.status, refused.body.code]).toEqual([409, 'DATA_ON_HOLD'])
    expect((await ines('GET', `${botsUrl}/${id}`)).body.data).toMatchObject({
      dataState: 'kept',
      hold: { reason: 'Case 7' },
    })
    const again = await ines('PUT', holdUrl(id), { hold: true, reason: 'Case 7' })
    expect(again.body.data.hold).toEqual(held.body.data.hold)
    expect((await ines('PUT', holdUrl(id), { hold: false })).body.data.hold).toBeNull()
    expect((await ines('DELETE', dataUrl(id))).status).toBe(202)
    const late = await ines('PUT', holdUrl(id), { hold: true })
    expect([late.status, late.body.code]).toEqual([409, 'DATA_DELETED'])
  })

  test('is only for the owner, and only the owner sees the reason', async () => {
    const id = await ended({ shared: true })
    expect((await bo('PUT', holdUrl(id), { hold: true })).body.code).toBe('NOT_THE_OWNER')
    await ines('PUT', holdUrl(id), { hold: true, reason: 'Case 7' })
    const seen = await Promise.all([bo('GET', `${botsUrl}/${id}`), bo('GET', dataUrl(id))])
    for (const { body } of seen) expect(body.data.hold).toEqual({ since: expect.any(String), reason: null })
    expect(JSON.stringify(seen)).not.toContain('Case 7')
  })

  test.each([
    ['no hold', {}],
    ['a text', { hold: 'yes' }],
    ['an empty reason', { hold: true, reason: ' ' }],
    ['a reason for lifting it', { hold: false, reason: 'Over' }],
    ['a long reason', { hold: true, reason: 'x'.repeat(501) }],
    ['an unknown field', { hold: true, until: 'tomorrow' }],
  ])('refuses %s', async (_, body) => {
    const { status, body: problem } = await ines('PUT', holdUrl(newId()), body)
    expect([status, problem.code]).toEqual([400, 'VALIDATION_FAILED'])
  })
})
