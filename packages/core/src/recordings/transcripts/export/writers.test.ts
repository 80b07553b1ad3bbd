import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { WebVTTParser } from 'webvtt-parser'
import { said } from '../../../../testing/recordings/transcripts/transcript-builders.ts'
import { cleanSpeaker, cleanText } from '../formats/clean-text.ts'
import { inOrder, repair } from '../formats/repair.ts'
import type { Utterance } from '../utterance.ts'
import { cuesOf, longestCueMs, longestLine, mostLines } from './cues.ts'
import { type ExportFormat, transcriptWriter } from './writers.ts'

function write(format: ExportFormat, utterances: readonly Utterance[]): string {
  const writer = transcriptWriter(format)
  return writer.head + utterances.map((utterance) => writer.add(utterance)).join('') + writer.end()
}

const talk = [
  said('Ines', 4, 'Shall we start with <b>the</b> forecast & the rest --> now?'),
  said(null, 3_661, '*Yes*.'),
]

test.each<[ExportFormat, string]>([
  ['txt', '[00:00:04] Ines: Shall we start with <b>the</b> forecast & the rest --> now?\n[01:01:01] *Yes*.\n'],
  [
    'md',
    '# Transcript\n\n**Ines** (00:00:04): Shall we start with \\<b\\>the\\</b\\> forecast \\& the rest --\\> now?\n\n**Unknown speaker** (01:01:01): \\*Yes\\*.\n',
  ],
  [
    'srt',
    '1\n00:00:04,000 --> 00:00:06,000\nInes: Shall we start with ‹b›the‹/b›\nforecast & the rest --› now?\n\n2\n01:01:01,000 --> 01:01:03,000\n*Yes*.\n\n',
  ],
  [
    'vtt',
    'WEBVTT\n\n00:00:04.000 --> 00:00:06.000\n<v Ines>Shall we start with &lt;b&gt;the&lt;/b&gt; forecast &amp;\nthe rest --&gt; now?</v>\n\n01:01:01.000 --> 01:01:03.000\n*Yes*.\n',
  ],
])('%s', (format, text) => {
  expect(write(format, talk)).toBe(text)
})

/** By default the parser leaves the semicolons in the text. */
const entities = { '&amp;': '&', '&lt;': '<', '&gt;': '>' }

describe('cues', () => {
  test('begin and end with their words', () => {
    const texts = Array.from({ length: 20 }, (_, i) => `word${i}`)
    const words = texts.map((text, i) => ({ text, startMs: i * 1_000, endMs: i * 1_000 + 500 }))
    const cues = cuesOf({ ...said('Ines', 0, texts.join(' ')), endMs: 20_000, words })
    expect(cues.map(({ startMs, endMs, lines }) => [startMs, endMs, lines.join(' ').split(' ').length])).toEqual([
      [0, 6_500, 7],
      [7_000, 13_500, 7],
      [14_000, 19_500, 6],
    ])
  })

  test('share the time where words have none', () => {
    const cues = cuesOf({ ...said('Ines', 0, 'ten letters '.repeat(20).trim()), endMs: 20_000 })
    expect(cues[0]?.startMs).toBe(0)
    expect(cues.at(-1)?.endMs).toBe(20_000)
  })

  test('of people who talk at the same time are in order', () => {
    const long = { ...said('Ines', 0, 'a longer sentence than anybody wants to hear '.repeat(6)), endMs: 30_000 }
    const starts = [...write('srt', [long, said('Bo', 5, 'Stop!')]).matchAll(/^(\S+) -->/gm)].map(([, time]) => time)
    expect(starts.length).toBeGreaterThan(4)
    expect(starts).toEqual(starts.toSorted())
  })

  const seconds = fc.double({ min: 0, max: 120, noNaN: true })
  const text = fc.array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 20 }),
      fc.constantFrom('-->', '<v x>', '</v>', '&amp;', '&', 'x'.repeat(99), '会議'.repeat(40), 'WEBVTT', 'NOTE', '1'),
    ),
    { minLength: 1, maxLength: 30 },
  )
  const spoken = fc.record({
    speaker: fc.option(
      fc.oneof(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.constantFrom('A & B', '<v x>', '&amp;')),
    ),
    start: seconds,
    end: seconds,
    text: text.map((parts) => parts.join(' ')),
    words: fc.array(fc.record({ text: fc.string({ maxLength: 9 }), start: seconds, end: seconds }), { maxLength: 20 }),
  })
  const transcript = fc.array(spoken, { maxLength: 8 }).map((raws) => inOrder(repair(raws, {}), {}))

  test('are short enough and lose no text', () => {
    fc.assert(
      fc.property(transcript, (utterances) => {
        for (const utterance of utterances) {
          const cues = cuesOf(utterance)
          expect(
            cues
              .flatMap(({ lines }) => lines)
              .join('')
              .replaceAll(' ', ''),
          ).toBe(utterance.text.replaceAll(' ', ''))
          for (const { startMs, endMs, lines } of cues) {
            expect(startMs >= utterance.startMs && startMs <= utterance.endMs).toBe(true)
            expect(endMs > startMs && endMs - startMs <= longestCueMs).toBe(true)
            expect(lines.length <= mostLines && lines.every(({ length }) => length > 0 && length <= longestLine)).toBe(
              true,
            )
          }
        }
      }),
    )
  })

  test('are what another parser of WebVTT reads, whatever was said and whoever said it', () => {
    fc.assert(
      fc.property(transcript, (utterances) => {
        const { errors, cues } = new WebVTTParser(entities).parse(write('vtt', utterances), 'captions')
        expect(errors).toEqual([])
        const texts = utterances.map(({ text: each }) => each).join(' ')
        const shown = cues.flatMap((cue) => cue.tree.children.flatMap(textsIn)).join('')
        const letters = (all: string) => all.replace(/\s/g, '').split('').sort().join('')
        expect(letters(shown)).toBe(letters(texts))
        const speakers = new Set(cues.flatMap((cue) => cue.tree.children.flatMap(voicesIn)))
        expect(speakers).toEqual(new Set(utterances.flatMap(({ speaker }) => speaker ?? [])))
      }),
    )
  })

  test('clean names survive cleaning again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const cleaned = cleanText(name, {})
        expect(cleanText(cleaned, {})).toBe(cleaned)
        expect(cleanSpeaker(cleaned, {}) ?? '').toBe(cleanSpeaker(name, {}) ?? '')
      }),
    )
  })
})

type Node = { type: string; name?: string; value?: string; children?: Node[] }

function textsIn({ type, value, children }: Node): string[] {
  return type === 'text' ? [value as string] : (children ?? []).flatMap(textsIn)
}

/** The standard has entities in names as well, but the parser leaves them as they are. */
function voicesIn({ type, name, value }: Node): string[] {
  if (type !== 'object' || name !== 'v') return []
  return [(value as string).replace(/&(amp|lt|gt);/g, (entity) => entities[entity as keyof typeof entities])]
}
