import type { Utterance } from '../utterance.ts'
import { cleanLanguage, cleanText } from './clean-text.ts'
import type { TranscriptProblems } from './problems.ts'
import { notATranscript, type ReadOutcome } from './read-outcome.ts'
import { inOrder } from './repair.ts'

/** What a reader of one format has found; null when the content has another shape. */
export type Found = {
  utterances: readonly Utterance[]
  language?: unknown
  service?: unknown
  /** The speech service wrote down that it failed. */
  hasFailed?: boolean
}

/**
 * Reads content by the reader of its format. Texts are JSON. Never throws, whatever the content is.
 */
export function readWith(
  content: unknown,
  reader: (content: unknown, problems: TranscriptProblems) => Found | null,
): ReadOutcome {
  if (content === null || content === undefined) return notATranscript('empty')
  let parsed = content
  if (typeof content === 'string') {
    const text = content.replace(/^\ufeff/, '')
    if (text.trim() === '') return notATranscript('empty')
    try {
      parsed = JSON.parse(text)
    } catch {
      return notATranscript('not_json')
    }
  }
  const problems: TranscriptProblems = {}
  const found = reader(parsed, problems)
  if (!found) return notATranscript('unknown_shape')
  if (found.hasFailed && found.utterances.length === 0) return notATranscript('service_failed')
  const utterances = inOrder(found.utterances, problems)
  const language = mainLanguage(utterances) ?? cleanLanguage(found.language)
  const service = cleanText(found.service, {}).slice(0, 50) || null
  return { outcome: 'read', transcript: { utterances, language, service, problems } }
}

/** The language of most of the text. */
function mainLanguage(utterances: readonly Utterance[]): string | null {
  const lengths = new Map<string, number>()
  for (const { language, text } of utterances) {
    if (language !== null) lengths.set(language, (lengths.get(language) ?? 0) + text.length)
  }
  const [longest] = [...lengths].sort(([, a], [, b]) => b - a)
  return longest?.[0] ?? null
}
