/** Transcripts that are made again, with API and worker as processes and the sandbox as all speech services. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bot, meetingLink, typesOf } from './client.ts'
import { eventually } from './eventually.ts'
import { openSeer, type Seer, usualBackend } from './seer.ts'

type Version = {
  version: number
  state: string
  source: string
  isCurrent: boolean
  error: { code: string; message: string } | null
}

let seer: Seer
let bot: Bot
beforeAll(async () => {
  const env = { ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'), TRANSCRIBE_MISSING: 'openai' }
  seer = await openSeer({ backend: usualBackend(), env })
  bot = await recorded('success')
})
afterAll(() => seer?.close())

/** A bot whose meeting is over, with its files stored. */
async function recorded(scenario: string): Promise<Bot> {
  const { id } = await seer.order({ meetingUrl: meetingLink(scenario) })
  await seer.reaches(id, 'queued')
  await seer.playOut()
  await seer.timePasses(1)
  await seer.sweep('requeue-stuck')
  await seer.recordingsOf(id)
  return await seer.bot(id)
}

const pathOf = (id: string, rest: string) => `/meetingbaas/bots/${id}/${rest}`
const versionsOf = async (id: string): Promise<Version[]> =>
  (await seer.call('GET', pathOf(id, 'transcripts'))).body.data

async function ordered(speechToText: object): Promise<number> {
  const { status, body } = await seer.call('POST', pathOf(bot.id, 'retranscribe'), { speechToText })
  expect([status, body.detail]).toEqual([202, undefined])
  return body.data.version
}

/** The newest version, as soon as it is in this state. */
const becomes = (id: string, state: string) =>
  eventually(async () => {
    const [newest] = await versionsOf(id)
    expect(newest, JSON.stringify(newest)).toMatchObject({ state })
    return newest as Version
  })

test.each(['deepgram', 'openai'])(
  '%s makes the current version, with the speakers of the meeting',
  async (provider) => {
    const version = await ordered({ provider })
    expect(await becomes(bot.id, 'complete')).toMatchObject({ version, source: provider, isCurrent: true })
    const { body } = await seer.call('GET', pathOf(bot.id, 'transcript'))
    expect(body.data).toMatchObject({ version, language: 'en' })
    const speakers = body.data.utterances.map(({ speaker }: { speaker: string }) => speaker)
    expect([...new Set(speakers)].sort()).toEqual(['Ines Okafor', 'Tomasz Reyes'])
    const old = await seer.call('GET', pathOf(bot.id, 'transcript?version=1'))
    expect(old.body.data).toMatchObject({ version: 1, source: 'vendor', isCurrent: false })
    await eventually(async () => {
      expect(typesOf(await seer.bot(bot.id)).slice(-2)).toEqual(['transcript_requested', 'transcript_made'])
    })
  },
)

test('the calls are in the metrics of the worker', async () => {
  const text = await (await fetch(`${seer.workerUrls[0]}/metrics`)).text()
  expect(text).toContain('seer_speech_call_duration_seconds_count{source="deepgram",outcome="done"} 1')
  expect(text).toContain('process_resident_memory_bytes')
})

test('a wrong key fails at once, says why, and leaves the current version', async () => {
  const [current] = await versionsOf(bot.id)
  const version = await ordered({ provider: 'deepgram', apiKey: 'a-wrong-key-of-the-caller' })
  const failed = await becomes(bot.id, 'failed')
  expect(failed).toMatchObject({ version, isCurrent: false, error: { code: 'SPEECH_KEY_REFUSED' } })
  expect((await versionsOf(bot.id)).find(({ isCurrent }) => isCurrent)).toEqual(current)
  await eventually(async () => {
    const { timeline } = await seer.bot(bot.id)
    expect(timeline.at(-1)).toMatchObject({
      type: 'transcription_failed',
      data: { version, code: 'SPEECH_KEY_REFUSED' },
    })
  })
  const rows = await seer.query('SELECT to_jsonb(t)::text AS text FROM transcripts t')
  expect(JSON.stringify([rows, failed])).not.toContain('a-wrong-key-of-the-caller')
  expect(await seer.query('SELECT 1 FROM transcripts WHERE sealed_key IS NOT NULL')).toEqual([])
})

test('a service that is busy is asked again when it says', async () => {
  const fault = { kind: 'status', status: 429, retryAfter: 60, times: 1, match: { path: '/openai/' } }
  const struck = await seer.vendor.fault(fault)
  await ordered({ provider: 'openai' })
  await eventually(async () => {
    expect(await struck()).toBe(1)
    expect(await seer.query('SELECT 1 FROM transcripts WHERE lease_until IS NOT NULL')).toEqual([])
  })
  await seer.timePasses(2)
  await seer.sweep('requeue-stuck')
  await becomes(bot.id, 'complete')
})

test('a worker that is killed during a call is replaced, and the service is asked once more', async () => {
  const hangs = { kind: 'timeout_before', ms: 600_000, times: 1, match: { path: '/deepgram/' } }
  const struck = await seer.vendor.fault(hangs)
  const version = await ordered({ provider: 'deepgram' })
  await eventually(async () => expect(await struck()).toBe(1))
  await seer.workers[0]?.end('SIGKILL')
  const counts = await seer.vendor.fault({ kind: 'latency', ms: 0, match: { path: '/deepgram/' } })
  await seer.startWorker()
  // While the lease of the dead worker lasts, nobody asks again.
  await seer.sweep('requeue-stuck')
  expect(await becomes(bot.id, 'making')).toMatchObject({ version })
  expect(await counts()).toBe(0)
  await seer.timePasses(3)
  await seer.sweep('requeue-stuck')
  expect(await becomes(bot.id, 'complete')).toMatchObject({ version, isCurrent: true })
  expect(await counts()).toBe(1)
})

test('Meeting BaaS makes a version when it has another file', async () => {
  const version = await ordered({ provider: 'vendor' })
  await eventually(async () => {
    const asked = 'SELECT 1 FROM transcripts WHERE version = $1 AND ticket IS NOT NULL AND lease_until IS NULL'
    expect(await seer.query(asked, [version])).toHaveLength(1)
  })
  await seer.vendor.advance(3_600)
  await seer.timePasses(3)
  await seer.sweep('requeue-stuck')
  expect(await becomes(bot.id, 'complete')).toMatchObject({ version, source: 'vendor', isCurrent: true })
})

test('a recording without a transcript gets one by itself', async () => {
  const { id } = await recorded('transcription_failed')
  expect(await becomes(id, 'complete')).toMatchObject({ version: 1, source: 'openai', isCurrent: true })
  await eventually(async () => expect((await seer.bot(id)).delivery.reasons).not.toContain('no_words'))
})
