import { readFileSync } from 'node:fs'
import type { Bot } from '../bots/bot.ts'
import type { Artifact } from '../bots/results.ts'
import { audioFile, audioParts, silentAudioFile } from './audio-file.ts'
import { fileOfBytes, firstHalf, type MadeFile } from './made-file.ts'
import {
  chatMessagesFile,
  diarizationJsonl,
  isSilent,
  lengthOf,
  outputTranscription,
  rawTranscription,
  transcriptionText,
} from './transcript.ts'
import { filledUp, videoFile, videoParts } from './video-file.ts'

export const asset = (name: string): Buffer => readFileSync(new URL(`../../assets/${name}`, import.meta.url))
const video = videoParts(asset('meeting.mp4'))
const audio = audioParts(asset('meeting.flac'))

const page = fileOfBytes(
  'text/html; charset=utf-8',
  Buffer.from('<html><body><h1>This recording is not available.</h1></body></html>'),
)

/** A file of a bot, as it is served. */
export function fileOf(bot: Bot, artifact: Artifact): MadeFile {
  const whole = wholeFile(bot, artifact)
  switch (bot.plan.results.files[artifact]) {
    case 'empty':
      return fileOfBytes(whole.type, Buffer.alloc(0))
    case 'truncated':
      return firstHalf(whole)
    case 'html':
      return page
    default:
      return whole
  }
}

function wholeFile(bot: Bot, artifact: Artifact): MadeFile {
  switch (artifact) {
    case 'video':
      return filledUp(videoFile(video, lengthOf(bot)), bot.plan.results.videoBytes)
    case 'audio':
      return isSilent(bot) ? silentAudioFile(audio, lengthOf(bot)) : audioFile(audio, lengthOf(bot))
    case 'diarization':
      return fileOfBytes('application/x-ndjson', Buffer.from(diarizationJsonl(bot)))
    case 'raw_transcription':
      return json(transcriptionText(bot, rawTranscription(bot)))
    case 'transcription':
      return json(transcriptionText(bot, outputTranscription(bot)))
    case 'chat_messages':
      return json(JSON.stringify(chatMessagesFile(bot)))
  }
}

const json = (text: string): MadeFile => fileOfBytes('application/json', Buffer.from(text))
