import { fieldOf, listOf, rawUtterances } from './entries.ts'
import type { TranscriptProblems } from './problems.ts'
import { type Found, readWith } from './read.ts'
import type { ReadOutcome } from './read-outcome.ts'
import { repair } from './repair.ts'

/**
 * Reads the transcript that v1 sends inside of its webhook `complete` (`transcript`) and inside of its details
 * (`bot_data.transcripts`). Takes the list itself, or the object around it. Source: openapi-v1.json, and
 * webhook-samples/v1.complete.json.
 */
export function readV1Transcript(content: unknown): ReadOutcome {
  return readWith(content, v1Transcript)
}

function v1Transcript(content: unknown, problems: TranscriptProblems): Found | null {
  const data = fieldOf(content, 'data') ?? content
  const places = [content, fieldOf(data, 'transcript'), fieldOf(data, 'transcripts')]
  const details = fieldOf(fieldOf(data, 'bot_data'), 'transcripts')
  const entries = [...places, details].find(Array.isArray)
  if (!entries) return null
  return { utterances: repair(rawUtterances(listOf(entries), problems), problems) }
}
