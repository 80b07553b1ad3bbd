import { createHash } from 'node:crypto'
import { describeOnEachBackend } from '@seer/infra/testing/services'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bot, meetingLink, type Recording, runTypesOf } from './client.ts'
import { eventually } from './eventually.ts'
import { openSeer, type Seer } from './seer.ts'

const arrival = ['bot_requested', 'bot_created', 'bot_joining', 'bot_waiting_room']
const recording = ['bot_admitted', 'bot_join_call', 'recording_started']
const callEnd = ['bot_leave_call', 'recording_finished', 'transcribing']
const results = ['recording_ready', 'transcript_ready', 'bot_completed']
const whole = [...arrival, ...recording, ...callEnd, ...results]

type End = {
  scenario: string
  platform?: 'zoom' | 'teams'
  booked?: true
  state: string
  code: string | null
  timeline: string[]
  /** How many runs of the bot it took. */
  run: number
  /** What else must hold. */
  check: (bot: Bot, seer: Seer) => Promise<void>
}

/** Ends well, with recording and transcript. */
function completes(scenario: string, timeline: string[] = whole): End {
  return {
    scenario,
    state: 'completed',
    code: null,
    timeline,
    run: 1,
    check: (bot, seer) => expectResults(seer, bot, 2),
  }
}

function fails(scenario: string, code: string, timeline: string[]): End {
  return { scenario, state: 'failed', code, timeline: [...timeline, 'bot_error'], run: 1, check: expectReason }
}

/** How each meeting of the sandbox (apps/sandbox/README.md, "Scenarios") must end here. */
const ends: End[] = [
  completes('success'),
  { ...completes('success'), platform: 'zoom' },
  { ...completes('success'), platform: 'teams' },
  completes('kicked'),
  { ...completes('nobody_came'), check: (bot, seer) => expectResults(seer, bot, 0) },
  {
    ...completes('internal_retry', [
      ...arrival,
      ...['recording_failed', 'bot_restarted', 'bot_joining', 'bot_waiting_room'],
      ...[...recording, ...callEnd, ...results],
    ]),
    run: 2,
  },
  fails('refused', 'BOT_NOT_ACCEPTED', [...arrival, 'bot_problem', 'recording_failed']),
  fails('lobby_timeout', 'TIMEOUT_WAITING_TO_START', [...arrival, 'bot_problem', 'recording_failed']),
  fails('kicked_at_once', 'BOT_REMOVED_TOO_EARLY', [...arrival, ...recording, 'bot_problem', 'recording_failed']),
  fails('crash', 'OOM_KILLED', [...arrival, ...recording]),
  {
    ...fails('host_absent', 'WAITING_FOR_HOST_TIMEOUT', [...arrival, 'recording_failed']),
    platform: 'zoom',
  },
  // The recording is fine, and Seer finds it a moment later.
  {
    ...fails('transcription_failed', 'TRANSCRIPTION_FAILED', []),
    timeline: [...arrival, ...recording, ...callEnd, 'bot_error', 'recording_ready'],
    check: async (bot, seer) => {
      await expectReason(bot)
      await seer.recordingsOf(bot.id)
      await seer.download(bot.recordingUrl)
    },
  },
  fails('login_required', 'LOGIN_REQUIRED', [...arrival.slice(0, 3), 'bot_problem', 'recording_failed']),
  fails('invalid_url', 'INVALID_MEETING_URL', [...arrival.slice(0, 3), 'bot_problem', 'recording_failed']),
  fails('insufficient_tokens', 'VENDOR_INSUFFICIENT_TOKENS', ['bot_requested']),
  {
    ...completes('success', ['bot_requested', 'bot_created', 'bot_scheduled', ...whole.slice(2)]),
    booked: true,
  },
  {
    ...fails('insufficient_tokens', 'INSUFFICIENT_TOKENS', ['bot_requested', 'bot_created', 'bot_scheduled']),
    booked: true,
  },
]
const nameOf = ({ scenario, platform, booked }: End) =>
  `${scenario} on ${platform ?? 'meet'}${booked ? ', booked for later' : ''}`

describeOnEachBackend('a bot from request to result', (backend) => {
  let seer: Seer
  const ordered = new Map<End, string>()
  beforeAll(async () => {
    seer = await openSeer({ backend })
    for (const end of ends) {
      const joinAt = end.booked && new Date(seer.vendor.now() + 10 * 60_000).toISOString()
      const { id } = await seer.order({ meetingUrl: meetingLink(end.scenario, end.platform), joinAt })
      ordered.set(end, id)
    }
    for (const [end, id] of ordered) {
      if (end.timeline.includes('bot_created')) await seer.reaches(id, end.booked ? 'scheduled' : 'queued')
    }
    await seer.playOut()
    await seer.timePasses(1)
    await seer.sweep('requeue-stuck')
  })
  afterAll(() => seer.close())

  test.each(ends.map((end) => ({ name: nameOf(end), end })))('meeting $name ends as it should', async ({ end }) => {
    const id = ordered.get(end) as string
    const bot = await eventually(async () => {
      const found = await seer.reaches(id, end.state)
      expect(runTypesOf(found)).toEqual(end.timeline)
      return found
    })
    expect(bot.timeline.map(({ seq }) => seq)).toEqual(bot.timeline.map((_, i) => i + 1))
    expect(bot.error?.code ?? null).toBe(end.code)
    expect(bot.run).toBe(end.run)
    await end.check(bot, seer)
  })

  test('nothing is left in the inbox or owed', async () => {
    expect(await seer.query(`SELECT event_type, error FROM webhook_events WHERE state <> 'processed'`)).toEqual([])
    expect(await seer.query(`SELECT id FROM meetings WHERE due_at IS NOT NULL OR final_at IS NULL`)).toEqual([])
    expect(await seer.query(`SELECT id, state FROM artifacts WHERE due_at IS NOT NULL`)).toEqual([])
    expect(await seer.query(`SELECT id FROM meetings WHERE delivery IS NULL`)).toEqual([])
  })
})

async function expectReason({ error }: Bot): Promise<void> {
  expect(error.message).toMatch(/\w+ \w+/)
}

async function expectResults(seer: Seer, bot: Bot, speakers: number): Promise<void> {
  const recordings = await seer.recordingsOf(bot.id)
  const of = (kind: string) => recordings.find((recording) => recording.kind === kind) as Recording
  const video = await seer.download(bot.recordingUrl)
  expect(video.byteLength).toBeGreaterThan(10_000)
  expect(of('video')).toMatchObject({ state: 'stored', bytes: video.byteLength, sha256: sha256Of(video) })
  const { result } = JSON.parse((await seer.download(of('transcription').url)).toString())
  expect(result.utterances.length > 0).toBe(speakers > 0)
  expect(bot.speakers).toHaveLength(speakers)
  expect(bot).toMatchObject({ joinedAt: expect.any(String), exitedAt: expect.any(String), error: null })
  expect(bot.durationSeconds).toBeGreaterThan(0)
}

const sha256Of = (content: Buffer): string => createHash('sha256').update(content).digest('hex')
