/**
 * What may be odd in a source, and what is done about it:
 * - not_an_utterance: an entry that is no object. Left out.
 * - no_text: an utterance without text, or a word without. Left out.
 * - times_repaired: a time that is missing, negative, no number or beyond 48 hours, an end before its start, or a word
 *   outside its utterance. Replaced by the nearest time that is known.
 * - unordered: an utterance that began before the one in front of it. Sorted by start.
 * - overlapping: an utterance that begins before an earlier one has ended. Kept, because people do interrupt each other.
 * - control_characters: a text with control characters or halves of characters. Replaced by spaces, or by U+FFFD.
 * - no_speaker: an utterance of which nobody knows who spoke. Kept.
 * - split: an utterance of more than 2,000 characters. Cut at spaces.
 * - too_much: an utterance after the first 200,000. Left out. The same for the time of a word after 20,000 in an utterance;
 *   its text stays.
 */
export const transcriptProblems = [
  'not_an_utterance',
  'no_text',
  'times_repaired',
  'unordered',
  'overlapping',
  'control_characters',
  'no_speaker',
  'split',
  'too_much',
] as const
export type TranscriptProblem = (typeof transcriptProblems)[number]

/** How often each problem was met. Problems that were not met are absent. */
export type TranscriptProblems = Partial<Record<TranscriptProblem, number>>

export function countProblem(problems: TranscriptProblems, problem: TranscriptProblem, times = 1): void {
  if (times > 0) problems[problem] = (problems[problem] ?? 0) + times
}
