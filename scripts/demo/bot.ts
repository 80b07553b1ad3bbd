import { setTimeout as delay } from 'node:timers/promises'
import type { Stack } from '../local/stack.ts'
import { type Api, openApi } from './api.ts'
import { type FinishedBot, showResults } from './results.ts'

const meetingUrl = 'https://meet.google.com/abc-defg-hij'
const pollMs = 100

type TimelineEntry = { seq: number; type: string; occurredAt: string; cause?: string | null }

type Bot = FinishedBot & { state: string; timeline: TimelineEntry[] }

/** Sends one bot through a whole meeting and shows each step as it happens. @throws {Error} when a step fails */
export async function demonstrateBot(stack: Stack, signal: AbortSignal): Promise<void> {
  const api = openApi(stack, signal)
  console.log(`\nAsking for a bot in ${meetingUrl}`)
  const { id, state } = await api.post<Bot>('/bots', { meetingUrl, customBotName: 'Seer demo' })
  console.log(`Accepted: bot ${id} is ${state}. Its meeting in the sandbox runs faster than real time.\n`)

  const bot = await follow(api, id)
  if (bot.state !== 'completed') throw new Error(`The bot ended as "${bot.state}" instead of "completed".`)
  await showResults(api, bot)
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
