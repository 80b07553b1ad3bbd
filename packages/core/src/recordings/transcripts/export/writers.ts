import type { Utterance } from '../utterance.ts'
import { type Cue, cuesOf } from './cues.ts'

export const exportFormats = ['txt', 'md', 'srt', 'vtt'] as const
export type ExportFormat = (typeof exportFormats)[number]

/** The media types of the formats. */
export const mediaTypes: Record<ExportFormat, string> = {
  txt: 'text/plain',
  md: 'text/markdown',
  srt: 'application/x-subrip',
  vtt: 'text/vtt',
}

/** Writes a transcript bit by bit, so that a long one need not be in memory. */
export type TranscriptWriter = {
  head: string
  /** Takes the next utterance, in order of start, and gives the text that can be written by now. */
  add(utterance: Utterance): string
  /** The rest. */
  end(): string
}

/** @returns a new writer, for one transcript */
export function transcriptWriter(format: ExportFormat): TranscriptWriter {
  switch (format) {
    case 'txt':
      return lineWriter(
        '',
        ({ startMs, speaker, text }) => `[${clock(startMs)}] ${speaker ? `${speaker}: ` : ''}${text}\n`,
      )
    case 'md':
      return lineWriter('# Transcript\n', ({ startMs, speaker, text }) => {
        return `\n**${markdown(speaker ?? 'Unknown speaker')}** (${clock(startMs)}): ${markdown(text)}\n`
      })
    case 'srt':
      return cueWriter('', (utterance) => cuesOf(utterance, utterance.speaker ? `${utterance.speaker}:` : ''), srtCue)
    case 'vtt':
      return cueWriter('WEBVTT\n', (utterance) => cuesOf(utterance), vttCue)
  }
}

function lineWriter(head: string, write: (utterance: Utterance) => string): TranscriptWriter {
  return { head, add: write, end: () => '' }
}

type SpokenCue = Cue & { speaker: string | null }

/** Players want cues in order of start. People who talk at the same time have cues that lie between each other. */
function cueWriter(
  head: string,
  cut: (utterance: Utterance) => Cue[],
  write: (cue: SpokenCue, number: number) => string,
): TranscriptWriter {
  let waiting: SpokenCue[] = []
  let written = 0
  const writeUntil = (ms: number) => {
    const ready = waiting.filter(({ startMs }) => startMs <= ms)
    waiting = waiting.filter(({ startMs }) => startMs > ms)
    return ready
      .sort((a, b) => a.startMs - b.startMs)
      .map((cue) => write(cue, (written += 1)))
      .join('')
  }
  return {
    head,
    add(utterance) {
      const text = writeUntil(utterance.startMs)
      for (const cue of cut(utterance)) waiting.push({ ...cue, speaker: utterance.speaker })
      return text
    },
    end: () => writeUntil(Number.POSITIVE_INFINITY),
  }
}

/** Source: https://www.w3.org/TR/webvtt1/ */
function vttCue({ startMs, endMs, lines, speaker }: SpokenCue): string {
  const text = lines.map(escapeVtt).join('\n')
  const voice = speaker === null ? text : `<v ${escapeVtt(speaker)}>${text}</v>`
  return `\n${clock(startMs, '.')} --> ${clock(endMs, '.')}\n${voice}\n`
}

const vttEntities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** So no text can hold a tag, or the arrow that stands between times. */
function escapeVtt(text: string): string {
  return text.replace(/[&<>]/g, (sign) => vttEntities[sign] as string)
}

/** SRT has no way to escape anything. Brackets, of which tags and arrows are made, become similar ones. */
function srtCue({ startMs, endMs, lines }: SpokenCue, number: number): string {
  const text = lines.map((line) => line.replaceAll('<', '‹').replaceAll('>', '›')).join('\n')
  return `${number}\n${clock(startMs, ',')} --> ${clock(endMs, ',')}\n${text}\n\n`
}

function markdown(text: string): string {
  return text.replace(/[\\`*_[\]<>#|~&]/g, (sign) => `\\${sign}`)
}

/** A time as 00:00:00, with milliseconds behind a separator if there is one. */
function clock(ms: number, separator = ''): string {
  const two = (number: number) => String(Math.floor(number)).padStart(2, '0')
  const time = `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1_000) % 60)}`
  return separator === '' ? time : `${time}${separator}${String(ms % 1_000).padStart(3, '0')}`
}
