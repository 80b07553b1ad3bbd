import { type Bot, recordedSeconds } from './bot.ts'

/** Token prices per hour (Meeting BaaS docs: recording 1, transcription 0.25, with an own provider key 0.05). */
const perHour = { recording: 1, transcription: 0.25, byok: 0.05 }

/** What a bot has cost, in tokens. The shape of `tokens` in the v2 contract. */
export type TokenUse = {
  recording: number
  transcription: number
  byok_transcription: number
  streaming_input: number
  streaming_output: number
  total: number
}

/** What a finished bot has cost; null while it runs. The time in the lobby is charged if nobody lets the bot in. */
export function tokensOf(bot: Bot): TokenUse | null {
  if (bot.endedAt === null) return null
  const recordedHours = (recordedSeconds(bot.recording, bot.endedAt) ?? 0) / 3600
  const recording = round((recordedHours + lobbyHours(bot)) * perHour.recording)
  const ownKey = Boolean(bot.config.transcription_config?.api_key)
  const transcribedHours = bot.recording.transcribed ? recordedHours : 0
  const transcription = ownKey ? 0 : round(transcribedHours * perHour.transcription)
  const byok = ownKey ? round(transcribedHours * perHour.byok) : 0
  return {
    recording,
    transcription,
    byok_transcription: byok,
    streaming_input: 0,
    streaming_output: 0,
    total: round(recording + transcription + byok),
  }
}

function lobbyHours(bot: Bot): number {
  if (bot.failure?.code !== 'BOT_NOT_ACCEPTED' && bot.failure?.code !== 'TIMEOUT_WAITING_TO_START') return 0
  const arrived = bot.history.find((entry) => entry.code === 'in_waiting_room')
  return arrived && bot.endedAt !== null ? (bot.endedAt - arrived.at) / 3600_000 : 0
}

const round = (value: number): number => Math.round(value * 10_000) / 10_000
