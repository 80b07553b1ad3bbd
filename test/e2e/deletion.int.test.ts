/**
 * Data that are deleted and kept: API, worker and CLI as processes, the sandbox as Meeting BaaS, recordings in a folder.
 */
import { readdir, rename } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bot, meetingLink } from './client.ts'
import { eventually } from './eventually.ts'
import { openSeer, type Seer, usualBackend } from './seer.ts'
import { signed, vendorKey } from './vendor.ts'

let seer: Seer
beforeAll(async () => {
  seer = await openSeer({ backend: usualBackend() })
})
afterAll(() => seer?.close())

const dataOf = async (id: string) => (await seer.call('GET', `/meetingbaas/bots/${id}/data`)).body.data
const transcriptOf = (id: string) => seer.call('GET', `/meetingbaas/bots/${id}/transcript`)

/** A bot that has recorded, and of which everything is stored. */
async function recorded(): Promise<Bot> {
  const { id } = await seer.order({ meetingUrl: meetingLink() })
  await seer.reaches(id, 'queued')
  await seer.playOut()
  await seer.reaches(id, 'completed')
  await seer.recordingsOf(id)
  await eventually(async () => expect((await transcriptOf(id)).status).toBe(200))
  return await seer.bot(id)
}

const filesOf = async (id: string) =>
  (await readdir(seer.recordingsFolder, { recursive: true })).filter((path) => path.includes(id))

/** The bot as Meeting BaaS shows it. */
async function atVendor({ meetingBaasId }: Bot) {
  const headers = { 'x-meeting-baas-api-key': vendorKey }
  const answer = await fetch(`${seer.vendor.url}/v2/bots/${meetingBaasId}`, { headers })
  return ((await answer.json()) as { data: Record<string, unknown> }).data
}

/** Time passes, and the sweep starts what is due. */
async function wait(minutes: number): Promise<void> {
  await seer.timePasses(minutes)
  await seer.sweep('requeue-stuck')
}

test('everything goes, although the storage is away and the worker is killed, and nothing brings it back', async () => {
  const bot = await recorded()
  const { id } = bot
  expect(await filesOf(id)).not.toEqual([])
  expect(await atVendor(bot)).toMatchObject({ artifacts_deleted: false, video: expect.any(String) })
  const away = `${seer.recordingsFolder}-away`
  await rename(seer.recordingsFolder, away)
  const path = '/v2/bots/*/delete-data'
  const hung = await seer.vendor.fault({
    kind: 'timeout_before',
    ms: 60_000,
    match: { method: 'DELETE', path },
    times: 1,
  })
  const requested = await seer.call('DELETE', `/meetingbaas/bots/${id}/data`)
  expect([requested.status, requested.body.data.state]).toEqual([202, 'deleting'])
  expect((await seer.bot(id)).speakers).toBeNull()
  expect((await transcriptOf(id)).status).not.toBe(200)
  await eventually(async () => expect(await hung()).toBe(1))
  await seer.workers.shift()?.end('SIGKILL')
  await seer.startWorker()
  await wait(5)
  await eventually(async () => {
    const { left, vendor } = await dataOf(id)
    expect(vendor.outcome).toBe('deleted')
    expect(left).toContainEqual({
      what: 'file',
      kind: 'video',
      reason: expect.stringMatching(/^STORAGE_UNAVAILABLE: /),
    })
  })

  await rename(away, seer.recordingsFolder)
  await eventually(async () => {
    await wait(5)
    expect((await dataOf(id)).state).toBe('deleted')
  })
  const receipt = (await seer.call('DELETE', `/meetingbaas/bots/${id}/data`)).body.data
  expect(receipt).toMatchObject({ state: 'deleted', left: [], vendor: { outcome: 'deleted' } })
  expect(receipt.storage.files).toBeGreaterThan(2)
  expect(receipt.database.utterances).toBeGreaterThan(0)
  expect(await filesOf(id)).toEqual([])
  expect(await atVendor(bot)).toMatchObject({ artifacts_deleted: true, video: null, transcription: null })

  const [delivery] = await seer.vendor.deliveries({ event: 'bot.completed', botId: bot.meetingBaasId })
  const body = delivery?.body as string
  const sent = await fetch(`${seer.apiUrl}/api/meetingbaas/webhooks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...signed(body) },
    body,
  })
  expect(sent.status).toBeLessThan(300)
  await seer.settled()
  expect(await seer.bot(id)).toMatchObject({ speakers: null, recordingUrl: null })
  // The vendor's clock is ahead, so the webhook seems to be newer than the deletion. The vendor is told again.
  await eventually(async () => expect((await seer.bot(id)).dataState).toBe('deleted'))
  const kept = 'SELECT id FROM webhook_events WHERE vendor_bot_id = $1 AND body IS NOT NULL'
  expect(await seer.query(kept, [bot.meetingBaasId])).toEqual([])
  expect(await filesOf(id)).toEqual([])
})

test('retention deletes what a user keeps too long, but not what is on hold', async () => {
  const [old, held, fresh] = [await recorded(), await recorded(), await recorded()]
  const hold = { hold: true, reason: 'Case 7' }
  expect((await seer.call('PUT', `/meetingbaas/bots/${held.id}/hold`, hold)).body.data.hold.reason).toBe('Case 7')
  expect((await seer.call('DELETE', `/meetingbaas/bots/${held.id}/data`)).body.code).toBe('DATA_ON_HOLD')
  const older = `UPDATE meetings SET final_at = final_at - interval '31 days' WHERE id = ANY($1)`
  await seer.query(older, [[old.id, held.id]])
  const { code } = await seer.cli('users', 'retention', 'alice', '--media-days', '30').result
  expect(code).toBe(0)
  await seer.sweep('apply-retention')
  await eventually(async () => expect((await dataOf(old.id)).state).toBe('deleted'))
  expect(await dataOf(old.id)).toMatchObject({ scopes: ['media'], reason: 'retention' })
  const kinds = async (id: string) =>
    (await filesOf(id)).flatMap((path) => /(video|audio|transcription)-/.exec(path)?.[1] ?? [])
  expect(await kinds(old.id)).not.toContain('video')
  expect(await kinds(old.id)).toContain('transcription')
  expect((await transcriptOf(old.id)).status).toBe(200)
  expect(await kinds(held.id)).toContain('video')
  for (const { id } of [held, fresh]) expect((await dataOf(id)).state).toBe('kept')
})
