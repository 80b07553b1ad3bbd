import { joinWords } from '../formats/repair.ts'
import type { Utterance, Word } from '../utterance.ts'
import type { Turn } from './read-diarization.ts'

/** Beyond this many speakers the others stay unknown: such a file is wrong, and comparing would take too long. */
const mostSpeakers = 200
/** So many turns of one speaker are compared with one utterance. */
const mostCompared = 1_000

/**
 * Says who spoke by a list of turns: whoever spoke for the largest part of an utterance. An utterance whose words have
 * times is cut where the speaker changes. Where nobody spoke, the utterance keeps the speaker that it had.
 */
export function mergeSpeakers(utterances: readonly Utterance[], turns: readonly Turn[]): Utterance[] {
  const timelines = timelinesOf(turns)
  const merged = utterances.flatMap((utterance) => {
    const whole = mostPresent(timelines, utterance)
    const speakers = utterance.words.map((word) => mostPresent(timelines, word) ?? whole)
    if (new Set(speakers).size <= 1) return { ...utterance, speaker: speakers[0] ?? whole ?? utterance.speaker }
    return cutByWords(utterance, speakers)
  })
  return merged.sort((a, b) => a.startMs - b.startMs)
}

type Timeline = { speaker: string; spans: { startMs: number; endMs: number }[] }

/** The turns of each speaker, in order, without overlaps. */
function timelinesOf(turns: readonly Turn[]): Timeline[] {
  const timelines = new Map<string, Timeline>()
  for (const { speaker, startMs, endMs } of turns.toSorted((a, b) => a.startMs - b.startMs)) {
    let timeline = timelines.get(speaker)
    if (!timeline) {
      if (timelines.size >= mostSpeakers) continue
      timeline = { speaker, spans: [] }
      timelines.set(speaker, timeline)
    }
    const last = timeline.spans.at(-1)
    if (last && startMs <= last.endMs) last.endMs = Math.max(last.endMs, endMs)
    else timeline.spans.push({ startMs, endMs })
  }
  return [...timelines.values()]
}

function mostPresent(timelines: readonly Timeline[], time: Pick<Word, 'startMs' | 'endMs'>): string | null {
  let best: string | null = null
  let most = 0
  for (const { speaker, spans } of timelines) {
    const shared = sharedMs(spans, time)
    if (shared > most) {
      best = speaker
      most = shared
    }
  }
  return best
}

/** How long the spans and a time overlap. A time without length counts as a millisecond. */
function sharedMs(spans: Timeline['spans'], { startMs, endMs }: Pick<Word, 'startMs' | 'endMs'>): number {
  const end = Math.max(endMs, startMs + 1)
  const from = firstEndingAfter(spans, startMs)
  let shared = 0
  for (const span of spans.slice(from, from + mostCompared)) {
    if (span.startMs >= end) break
    shared += Math.min(span.endMs, end) - Math.max(span.startMs, startMs)
  }
  return shared
}

function firstEndingAfter(spans: Timeline['spans'], ms: number): number {
  let [low, high] = [0, spans.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((spans[middle] as Timeline['spans'][number]).endMs <= ms) low = middle + 1
    else high = middle
  }
  return low
}

function cutByWords(utterance: Utterance, speakers: readonly (string | null)[]): Utterance[] {
  const parts: Utterance[] = []
  for (const [i, word] of utterance.words.entries()) {
    const speaker = speakers[i] ?? utterance.speaker
    const last = parts.at(-1)
    if (last && last.speaker === speaker) {
      last.words.push(word)
      last.endMs = Math.max(last.endMs, word.endMs)
    } else {
      parts.push({ ...utterance, speaker, startMs: word.startMs, endMs: word.endMs, words: [word] })
    }
  }
  return parts.map((part) => ({ ...part, text: joinWords(part.words.map(({ text }) => text)) }))
}
