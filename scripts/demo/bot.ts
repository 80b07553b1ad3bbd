import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Stack } from '../local/stack.ts'
import { type Api, openApi } from './api.ts'

const meetingUrl = 'https://meet.google.com/abc-defg-hij'
const pollMs = 100

type TimelineEntry = { seq: number; type: string; occurredAt: string; cause?: string | null }

type Bot = {
  id: string
  state: string
  timeline: TimelineEntry[]
  speakers?: { name: string }[] | null
  recordingUrl?: string | null
  delivery?: { grade: string; reasons: string[] } | null
}

type Recording = { kind: string; state: string; sha256: string; bytes: number; durationSeconds: number; url: string }

/** The vendor's file, as Seer has stored it. */
type TranscriptFile = { result: { utterances: { speaker: string; text: string }[] } }

/** Sends one bot through a whole meeting and shows each step as it happens. @throws {Error} when a step fails */
export async function demonstrateBot(stack: Stack, signal: AbortSignal): Promise<void> {
  const api = openApi(stack, signal)
  console.log(`\nAsking for a bot in ${meetingUrl}`)
  const { id, state } = await api.post<Bot>('/bots', { meetingUrl, customBotName: 'Seer demo' })
  console.log(`Accepted: bot ${id} is ${state}. Its meeting in the sandbox runs faster than real time.\n`)

  const bot = await follow(api, id)
  if (bot.state !== 'completed') throw new Error(`The bot ended as "${bot.state}" instead of "completed".`)
  await showResult(api, bot)
}

async function follow(api: Api, id: string): Promise<Bot> {
  let shown = 0
  for (;;) {
    const bot = await api.get<Bot>(`/bots/${id}`)
    const fresh = bot.timeline.filter(({ seq }) => seq > shown)
    for (const entry of fresh) console.log(`  ${describe(entry)}`)
    shown = Math.max(shown, ...fresh.map(({ seq }) => seq))
    if (isFinished(bot)) return bot
    await delay(pollMs)
  }
}

/** The files are copied after the end of the run. */
function isFinished({ state, delivery }: Bot): boolean {
  return state === 'failed' || (state === 'completed' && !!delivery && !delivery.reasons.includes('not_stored_yet'))
}

function describe({ seq, type, occurredAt, cause }: TimelineEntry): string {
  const time = new Date(occurredAt).toISOString().slice(11, 19)
  return `${String(seq).padStart(2)}  ${time}  ${type}${cause ? `  (${cause})` : ''}`
}

async function showResult(api: Api, bot: Bot): Promise<void> {
  const recordings = await api.get<Recording[]>(`/bots/${bot.id}/recordings`)
  console.log(`\nSpeakers    ${bot.speakers?.map(({ name }) => name).join(', ') || 'none'}`)
  const { url, sha256, durationSeconds } = stored(recordings, 'video')
  const video = await api.download(url)
  console.log(`Recording   ${bot.recordingUrl}`)
  console.log(`            fetched, ${video.length} bytes, ${durationSeconds} s, SHA-256 ${sha256}`)
  if (createHash('sha256').update(video).digest('hex') !== sha256) throw new Error('The recording is damaged.')
  console.log(`Delivery    ${[bot.delivery?.grade, ...(bot.delivery?.reasons ?? [])].join(', ')}`)
  const file = await api.download(stored(recordings, 'transcription').url)
  const { utterances } = (JSON.parse(file.toString('utf8')) as TranscriptFile).result
  console.log(`Transcript  ${utterances.length} utterances`)
  for (const { speaker, text } of utterances.slice(0, 4)) console.log(`            ${speaker}: ${text}`)
  if (utterances.length === 0) throw new Error('The transcript is empty.')
}

function stored(recordings: readonly Recording[], kind: string): Recording {
  const found = recordings.find((recording) => recording.kind === kind && recording.state === 'stored')
  if (!found) throw new Error(`The bot has no stored ${kind}.`)
  return found
}
