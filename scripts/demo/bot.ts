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
  artifacts?: { transcription: string | null } | null
}

/** The transcript is the vendor's own file, behind the vendor's link. */
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

/** A bot may be "completed" a moment before it has the links to its results. */
function isFinished(bot: Bot): boolean {
  return bot.state === 'failed' || (bot.state === 'completed' && Boolean(bot.recordingUrl))
}

function describe({ seq, type, occurredAt, cause }: TimelineEntry): string {
  const time = new Date(occurredAt).toISOString().slice(11, 19)
  return `${String(seq).padStart(2)}  ${time}  ${type}${cause ? `  (${cause})` : ''}`
}

async function showResult(api: Api, bot: Bot): Promise<void> {
  const recording = await api.download(bot.recordingUrl!)
  console.log(`\nSpeakers    ${bot.speakers?.map(({ name }) => name).join(', ') || 'none'}`)
  console.log(`Recording   ${bot.recordingUrl}`)
  console.log(`            fetched, ${recording.length} bytes`)
  if (recording.length === 0) throw new Error('The recording is empty.')
  const { utterances } = await fetchTranscript(api, bot)
  console.log(`Transcript  ${utterances.length} utterances`)
  for (const { speaker, text } of utterances.slice(0, 4)) console.log(`            ${speaker}: ${text}`)
  if (utterances.length === 0) throw new Error('The transcript is empty.')
}

async function fetchTranscript(api: Api, bot: Bot): Promise<TranscriptFile['result']> {
  if (!bot.artifacts?.transcription) throw new Error('The bot has no transcript.')
  const file = await api.download(bot.artifacts.transcription)
  return (JSON.parse(file.toString('utf8')) as TranscriptFile).result
}
