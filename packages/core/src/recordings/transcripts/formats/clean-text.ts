import { cutText } from '../../../basics/cut-text.ts'
import { longestSpeaker } from '../utterance.ts'
import { countProblem, type TranscriptProblems } from './problems.ts'

const unwanted = /[\p{Cc}\p{Surrogate}]/u
const odd = /[^\P{Cc}\t\n\r]|\p{Surrogate}/u

/** One line of text that PostgreSQL and every player can take, in the form NFC. */
export function cleanText(value: unknown, problems: TranscriptProblems): string {
  if (typeof value !== 'string') return ''
  let text = value
  if (unwanted.test(text)) {
    if (odd.test(text)) countProblem(problems, 'control_characters')
    text = text.replace(/\p{Surrogate}/gu, '\ufffd').replace(/\p{Cc}+/gu, ' ')
  }
  return text.normalize('NFC').replace(/\s+/g, ' ').trim()
}

/** A speaker's name or label. Speech services number speakers; the vendor names them. */
export function cleanSpeaker(value: unknown, problems: TranscriptProblems): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return `Speaker ${value}`
  const name = cleanText(value, problems)
  return name === '' ? null : cutText(name, longestSpeaker)
}

const tag = /^[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*$/i

/** A language tag. Whisper writes `english` instead. */
export function cleanLanguage(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > 35) return null
  const text = value.trim()
  return tag.test(text) ? text.replaceAll('_', '-') : (codesByName().get(text.toLowerCase()) ?? null)
}

let codes: Map<string, string> | undefined

/** The codes of two letters by their English names, as the runtime knows them. */
function codesByName(): Map<string, string> {
  if (codes) return codes
  const names = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' })
  const letters = 'abcdefghijklmnopqrstuvwxyz'.split('')
  const all = letters.flatMap((first) => letters.map((second) => first + second))
  codes = new Map(all.map((code) => [names.of(code)?.toLowerCase() ?? '', code]))
  codes.delete('')
  return codes
}
