/** Transcripts as the API shows them. */
import { type Transcript, transcriptSources, transcriptStates } from '@seer/core/recordings/transcripts/transcript'
import type { Speaker } from '@seer/core/recordings/transcripts/transcript-store'
import type { NumberedUtterance } from '@seer/core/recordings/transcripts/utterance'
import { z } from 'zod'

const milliseconds = z.int().meta({ description: 'Milliseconds since the start of the recording.' })

export const TranscriptVersion = z
  .object({
    id: z.uuid(),
    version: z.int().meta({ description: 'Counts from 1.' }),
    isCurrent: z.boolean().meta({
      description: 'True for the complete version with the highest number. You get it unless you name another.',
    }),
    state: z.enum(transcriptStates),
    source: z.enum(transcriptSources).meta({
      description:
        'Who made it: Meeting BaaS (`vendor`), or Seer with Deepgram or with a server that has OpenAI’s API.',
    }),
    service: z.string().nullable().meta({ description: 'The speech service, such as `gladia`.' }),
    model: z.string().nullable(),
    language: z.string().nullable().meta({ description: 'The language of most of the text, such as `en`.' }),
    utteranceCount: z.int(),
    wordCount: z.int(),
    speakerCount: z.int(),
    durationSeconds: z.number().meta({ description: 'When the last utterance ends.' }),
    problems: z.record(z.string(), z.int()).meta({
      description:
        'What was odd in the source, and how often. It was repaired or left out, as [the page on recordings](/docs/recordings) says.',
    }),
    progress: z.number().nullable().meta({ description: 'From 0 to 1 while it is being made, if that is known.' }),
    waitingFor: z.string().nullable().meta({
      description:
        'While it is being made: why it could not be made so far, for example `SPEECH_UNAVAILABLE: …`. Seer tries again. Null when nothing is in the way.',
    }),
    error: z
      .object({ code: z.string(), message: z.string().nullable() })
      .nullable()
      .meta({ description: 'Why it could not be made.' }),
    createdAt: z.iso.datetime(),
    completedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'TranscriptVersion' })

const Word = z.object({ text: z.string(), startMs: milliseconds, endMs: milliseconds }).meta({ id: 'Word' })

export const Utterance = z
  .object({
    seq: z.int().meta({ description: 'Counts from 1, in order of start.' }),
    speaker: z.string().nullable().meta({ description: 'The name that a user gave, or else `originalSpeaker`.' }),
    originalSpeaker: z
      .string()
      .nullable()
      .meta({ description: 'As the source calls the speaker. Null when it does not say who spoke.' }),
    startMs: milliseconds,
    endMs: milliseconds,
    text: z.string(),
    words: z.array(Word).meta({ description: 'Empty when the source has no times for words.' }),
    language: z.string().nullable(),
  })
  .meta({
    id: 'Utterance',
    examples: [
      {
        seq: 1,
        speaker: 'Ines Okafor',
        originalSpeaker: 'Speaker 0',
        startMs: 4_100,
        endMs: 6_000,
        text: 'Shall we?',
        words: [
          { text: 'Shall', startMs: 4_100, endMs: 4_400 },
          { text: 'we?', startMs: 4_400, endMs: 4_500 },
        ],
        language: 'en',
      },
    ],
  })

export const SpeakerItem = z
  .object({
    label: z.string().meta({ description: 'As the source calls the speaker.' }),
    name: z.string().nullable().meta({ description: 'The name that a user gave.' }),
  })
  .meta({ id: 'Speaker' })

export const TranscriptWithUtterances = TranscriptVersion.extend({
  speakers: z.array(SpeakerItem).meta({ description: 'The speakers of all versions.' }),
  utterances: z.array(Utterance).meta({ description: 'One page of them, in order of start.' }),
}).meta({ id: 'Transcript' })

export function toVersion(transcript: Transcript): z.input<typeof TranscriptVersion> {
  const { id, version, isCurrent, state, source, service, model, language } = transcript
  const { errorCode: code, errorMessage: message, createdAt, completedAt } = transcript
  return {
    ...{ id, version, isCurrent, state, source, service, model, language },
    utteranceCount: transcript.utterances,
    wordCount: transcript.words,
    speakerCount: transcript.speakers.length,
    durationSeconds: transcript.durationMs / 1_000,
    problems: transcript.problems,
    progress: transcript.progress,
    waitingFor: state === 'making' ? transcript.lastProblem : null,
    error: code === null ? null : { code, message },
    createdAt: createdAt.toISOString(),
    completedAt: completedAt?.toISOString() ?? null,
  }
}

export function toUtterances(
  page: readonly NumberedUtterance[],
  speakers: readonly Speaker[],
): z.input<typeof Utterance>[] {
  const nameOf = new Map(speakers.map(({ label, name }) => [label, name]))
  return page.map(({ seq, speaker, ...rest }) => ({
    seq,
    speaker: speaker === null ? null : (nameOf.get(speaker) ?? speaker),
    originalSpeaker: speaker,
    ...rest,
  }))
}
