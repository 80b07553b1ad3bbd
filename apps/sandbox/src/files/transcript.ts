import { type Bot, type Participant, recordedSeconds } from '../bots/bot.ts'
import { iso } from '../time.ts'
import { turnSeconds } from './turns.ts'

/**
 * What is said in the sandbox's recording, again and again. The speakers take turns. The audio file speaks these lines.
 */
export const dialogue = [
  'Good morning, shall we start with the forecast?',
  'Yes. Sales are up nine percent on last month.',
  'Great. Who takes the open question about hiring?',
  'I will, and I report back on Friday.',
]

/** How long a line takes, in seconds. */
const lineSeconds = 3.2

type Word = { word: string; start: number; end: number; confidence: number }
type Line = { speaker: Participant; text: string; start: number; end: number; words: Word[] }

/** The diarization file: one JSON object per line. Only Zoom has `user_id` (openapi-v2.json, DiarizationSegment). */
export function diarizationJsonl(bot: Bot): string {
  const segments = linesOf(bot).map(({ speaker, start, end }) => {
    const segment = { speaker: speaker.name, start_time: start, end_time: end }
    return JSON.stringify(bot.platform === 'zoom' ? { ...segment, user_id: speaker.id } : segment)
  })
  return segments.map((segment) => `${segment}\n`).join('')
}

/** The normalised transcript, with speakers by name (openapi-v2.json, OutputTranscription). */
export function outputTranscription(bot: Bot): unknown {
  const utterances = linesOf(bot).map((line) => utterance(line, line.speaker.name))
  return {
    bot_id: bot.id,
    provider: 'gladia',
    result: {
      utterances,
      languages: utterances.length > 0 ? ['en'] : [],
      total_utterances: utterances.length,
      total_duration: lengthOf(bot),
    },
    created_at: iso(bot.endedAt ?? bot.createdAt),
  }
}

/** The provider's answer, with speakers by number, counted from 0 (openapi-v2.json, RawTranscription). */
export function rawTranscription(bot: Bot): unknown {
  const lines = linesOf(bot)
  const duration = lengthOf(bot)
  return {
    bot_id: bot.id,
    transcriptions: [
      {
        metadata: {
          audio_duration: duration,
          number_of_distinct_channels: 1,
          billing_time: duration,
          transcription_time: 1.5,
        },
        transcription: {
          full_transcript: lines.map((line) => line.text).join(' '),
          languages: lines.length > 0 ? ['en'] : [],
          utterances: lines.map((line) => utterance(line, line.speaker.id - 1)),
        },
      },
    ],
    created_at: iso(bot.endedAt ?? bot.createdAt),
  }
}

export function chatMessagesFile(bot: Bot): unknown {
  return bot.chat.map(({ id, senderName, senderId, text, at }) => ({
    message_id: id,
    sender_name: senderName,
    sender_id: senderId,
    text,
    timestamp: iso(at),
  }))
}

function linesOf(bot: Bot): Line[] {
  if (isSilent(bot)) return []
  const count = Math.floor((lengthOf(bot) + turnSeconds - lineSeconds) / turnSeconds)
  return Array.from({ length: Math.max(0, count) }, (_, turn) => {
    const speaker = bot.participants[turn % bot.participants.length] as Participant
    const text = dialogue[turn % dialogue.length] as string
    const start = hundredths(turn * turnSeconds)
    return { speaker, text, start, end: hundredths(start + lineSeconds), words: wordsOf(text, start) }
  })
}

function wordsOf(text: string, start: number): Word[] {
  const words = text.split(' ')
  const each = lineSeconds / words.length
  return words.map((word, at) => ({
    word,
    start: hundredths(start + at * each),
    end: hundredths(start + (at + 1) * each),
    confidence: 0.97,
  }))
}

function utterance<Speaker>({ text, start, end, words }: Line, speaker: Speaker) {
  return { text, language: 'en', start, end, confidence: 0.95, channel: 0, words, speaker }
}

/** Whether nobody can be heard in the recording. */
export const isSilent = (bot: Bot): boolean => bot.participants.length === 0 || bot.plan.quirks.includes('silent_audio')

/** Recorded seconds. */
export const lengthOf = (bot: Bot): number => recordedSeconds(bot.recording, bot.endedAt ?? bot.createdAt) ?? 0

const hundredths = (seconds: number): number => Math.round(seconds * 100) / 100
