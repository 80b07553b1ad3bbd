import { type Bot, type Participant, recordedSeconds } from '../bots/bot.ts'
import type { Language } from '../bots/results.ts'
import { iso } from '../time.ts'
import { lineOf, wordsOfLine } from './dialogue.ts'
import { unknownSpeaker, withOddTimes } from './odd-transcripts.ts'
import { turnSeconds } from './turns.ts'

/** How long a line takes, in seconds. */
const lineSeconds = 3.2

type Word = { word: string; start: number; end: number; confidence: number }
/** What is said without a break, with its times in seconds. */
export type SpokenLine = { text: string; language: Language; start: number; end: number; words: Word[] }
type Line = SpokenLine & { speaker: Participant }

/** The diarization file: one JSON object per line. Only Zoom has `user_id` (openapi-v2.json, DiarizationSegment). */
export function diarizationJsonl(bot: Bot): string {
  if (bot.plan.results.transcript === 'unknown_speakers') return ''
  const segments = linesOf(bot).map(({ speaker, start, end }) => {
    const segment = { speaker: speaker.name, start_time: start, end_time: end }
    return JSON.stringify(bot.platform === 'zoom' ? { ...segment, user_id: speaker.id } : segment)
  })
  return segments.map((segment) => `${segment}\n`).join('')
}

/** The normalised transcript, with speakers by name (openapi-v2.json, OutputTranscription). */
export function outputTranscription(bot: Bot): unknown {
  const utterances = utterancesOf(bot, ({ name }) => name)
  return {
    bot_id: bot.id,
    provider: 'gladia',
    result: {
      utterances,
      languages: languagesOf(utterances),
      total_utterances: utterances.length,
      total_duration: lengthOf(bot),
    },
    created_at: iso(madeAt(bot)),
  }
}

/** The provider's answer, with speakers by number, counted from 0 (openapi-v2.json, RawTranscription). */
export function rawTranscription(bot: Bot): unknown {
  const utterances = utterancesOf(bot, ({ id }) => id - 1)
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
          full_transcript: utterances.map(({ text }) => text).join(' '),
          languages: languagesOf(utterances),
          utterances,
        },
      },
    ],
    created_at: iso(madeAt(bot)),
  }
}

/** The text of a transcription file, which a rule may want to be broken. */
export function transcriptionText(bot: Bot, content: unknown): string {
  const text = JSON.stringify(content)
  switch (bot.plan.results.transcript) {
    case 'not_json':
      return 'The transcription could not be written.'
    case 'cut_off':
      return text.slice(0, text.length / 2)
    case 'wrong_shape':
      return JSON.stringify({ transcript: { lines: 'none' } })
    default:
      return text
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
  if (isSilent(bot) || bot.plan.results.transcript === 'empty') return []
  const { participants, plan } = bot
  const languageOf = (turn: number) => inTurn(plan.results.languages, turn % participants.length)
  return spokenLines(lengthOf(bot), languageOf).map((line, turn) => ({ ...line, speaker: inTurn(participants, turn) }))
}

const inTurn = <Item>(items: readonly Item[], turn: number): Item => items[turn % items.length] as Item

/** What is said in a recording of so many seconds. */
export function spokenLines(seconds: number, languageOf: (turn: number) => Language = () => 'en'): SpokenLine[] {
  const count = Math.floor((seconds + turnSeconds - lineSeconds) / turnSeconds)
  return Array.from({ length: Math.max(0, count) }, (_, turn) => {
    const language = languageOf(turn)
    const text = lineOf(turn, language)
    const start = turn * turnSeconds
    const words = wordsOf(wordsOfLine(text, language), start)
    return { text, language, start: hundredths(start), end: hundredths(start + lineSeconds), words }
  })
}

function wordsOf(words: readonly string[], start: number): Word[] {
  const each = lineSeconds / words.length
  return words.map((word, at) => ({
    word,
    start: hundredths(start + at * each),
    end: hundredths(start + (at + 1) * each),
    confidence: 0.97,
  }))
}

function utterancesOf(bot: Bot, nameOf: (speaker: Participant) => unknown) {
  const { transcript } = bot.plan.results
  const lines = linesOf(bot)
  const timed = transcript === 'odd_times' ? withOddTimes(lines) : lines
  return timed.map(({ text, language, start, end, words, speaker }, at) => ({
    ...{ text, language, start, end },
    ...{ confidence: 0.95, channel: 0, words },
    speaker: transcript === 'unknown_speakers' ? unknownSpeaker(at) : nameOf(speaker),
  }))
}

const languagesOf = (lines: readonly { language: Language }[]) => [...new Set(lines.map(({ language }) => language))]

/** Whether nobody can be heard in the recording. */
export const isSilent = (bot: Bot): boolean => bot.participants.length === 0 || bot.plan.quirks.includes('silent_audio')

/** Recorded seconds. */
export const lengthOf = (bot: Bot): number => recordedSeconds(bot.recording, bot.endedAt ?? bot.createdAt) ?? 0

/** Of the last transcription that is done. */
function madeAt({ recording: { again }, endedAt, createdAt }: Bot): number {
  return again?.isDone ? again.at : (endedAt ?? createdAt)
}

const hundredths = (seconds: number): number => Math.round(seconds * 100) / 100
