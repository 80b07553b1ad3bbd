import { expect, test } from 'vitest'
import { aMeeting, at } from '../../../testing/meetings/builders.ts'
import type { ArtifactState, DeliveryReason } from '../../meetings/delivery/delivery.ts'
import { nothingDelivered } from '../../meetings/delivery/facts-of-run.ts'
import type { Meeting } from '../../meetings/meeting.ts'
import { type ChosenTranscript, chooseTranscript } from './choose-transcript.ts'
import type { Transcript } from './transcript.ts'

const version = (number: number, changes: Partial<Transcript> = {}): Transcript => ({
  id: `transcript ${number}`,
  meetingId: 'meeting',
  version: number,
  source: 'vendor',
  sourceKey: 'file',
  state: 'complete',
  isCurrent: false,
  service: null,
  model: null,
  language: null,
  utterances: 0,
  words: 0,
  speakers: [],
  durationMs: 0,
  problems: {},
  errorCode: null,
  errorMessage: null,
  lastProblem: null,
  requestedBy: null,
  progress: null,
  createdAt: at(0),
  completedAt: at(1),
  ...changes,
})

const current = version(1, { isCurrent: true })
const [making, failed] = [version(2, { state: 'making' }), version(2, { state: 'failed' })]
const files = { video: null, audio: null, diarization: null, transcription: null, rawTranscription: null, chat: null }
const [going, ended] = [aMeeting({ state: 'recording' }), aMeeting({ state: 'completed' })]

/** An ended run whose transcription, and audio, are in this state. */
function graded(
  transcription: ArtifactState,
  reasons: DeliveryReason[] = [],
  audio: ArtifactState | null = null,
): Meeting {
  const { facts } = nothingDelivered(ended)
  const delivery = {
    grade: 'partial' as const,
    reasons,
    facts: { ...facts, artifacts: { ...facts.artifacts, transcription, audio } },
  }
  return { ...ended, artifacts: { ...files, transcription: 'link' }, delivery }
}

const silently = (meeting: Meeting): Meeting => ({
  ...meeting,
  botConfig: { ...meeting.botConfig, speechToText: false },
})

test.each<[string, Meeting, Transcript[], number | null, ChosenTranscript]>([
  ['the current one', ended, [current], null, { outcome: 'found', transcript: current }],
  ['the current one while another is made', ended, [making, current], null, { outcome: 'found', transcript: current }],
  [
    'the current one when another has failed',
    ended,
    [failed, current],
    null,
    { outcome: 'found', transcript: current },
  ],
  ['an old one by its number', ended, [version(2), current], 2, { outcome: 'found', transcript: version(2) }],
  ['one that is being made', ended, [making], null, { outcome: 'not_ready', because: 'being_made' }],
  [
    'one that is being made, by its number',
    ended,
    [making, current],
    2,
    { outcome: 'not_ready', because: 'being_made' },
  ],
  ['one that has failed', ended, [failed], null, { outcome: 'failed', transcript: failed }],
  ['one that has failed, by its number', ended, [failed, current], 2, { outcome: 'failed', transcript: failed }],
  ['a number that there is not', ended, [current], 3, { outcome: 'none', because: 'no_version' }],
  ['none during the meeting', going, [], null, { outcome: 'not_ready', because: 'meeting_goes_on' }],
  ['none after it', ended, [], null, { outcome: 'none', because: 'nothing_recorded' }],
  ['none of a file', { ...ended, artifacts: files }, [], null, { outcome: 'none', because: 'nothing_recorded' }],
  ['none of a file that is lost', graded('expired'), [], null, { outcome: 'none', because: 'nothing_recorded' }],
  [
    'none of a file that is no transcript',
    graded('stored', ['transcription_failed']),
    [],
    null,
    { outcome: 'none', because: 'nothing_recorded' },
  ],
  [
    'none of a file that is no transcript, while there is sound',
    graded('stored', ['transcription_failed'], 'stored'),
    [],
    null,
    { outcome: 'none', because: 'not_made' },
  ],
  [
    'none that the vendor made, while sound is still to be copied',
    graded('missing', ['transcription_failed'], 'failed'),
    [],
    null,
    { outcome: 'none', because: 'not_made' },
  ],
  [
    'none that nobody asked for, while there is sound',
    silently(graded('missing', [], 'stored')),
    [],
    null,
    { outcome: 'none', because: 'not_asked_for' },
  ],
  [
    'none of sound that is gone',
    graded('missing', [], 'deleted'),
    [],
    null,
    { outcome: 'none', because: 'nothing_recorded' },
  ],
  ['none yet of a file that is copied', graded('copying'), [], null, { outcome: 'not_ready', because: 'not_copied' }],
  [
    'none yet of a file that cannot be copied',
    graded('failed'),
    [],
    null,
    { outcome: 'not_ready', because: 'not_copied' },
  ],
  ['none yet of a file that is read', graded('stored'), [], null, { outcome: 'not_ready', because: 'being_made' }],
  [
    'none yet of a file',
    { ...ended, artifacts: { ...files, transcription: 'link' } },
    [],
    null,
    { outcome: 'not_ready', because: 'being_made' },
  ],
])('%s', (_, meeting, versions, number, chosen) => {
  expect(chooseTranscript(meeting, versions, number)).toEqual(chosen)
})
