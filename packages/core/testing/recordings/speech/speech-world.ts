import { isFinal, type Meeting } from '../../../src/meetings/meeting.ts'
import { orderTranscript, type TranscriptWish } from '../../../src/recordings/speech/order-transcript.ts'
import { retranscribe } from '../../../src/recordings/speech/retranscribe.ts'
import { dueSpeechOrders } from '../../../src/recordings/speech/speech-orders.ts'
import type {
  SpeechAnswer,
  SpeechCall,
  SpeechOffers,
  SpeechRequest,
  SpeechService,
} from '../../../src/recordings/speech/speech-service.ts'
import { vendorSpeech } from '../../../src/recordings/speech/vendor-speech.ts'
import { custodyWorld } from '../custody-world.ts'

/** A sealed text says where it belongs, so that a test sees when it is opened elsewhere. */
const cipher = {
  seal: (secret: string, place: string) => `sealed ${place} ${secret}`,
  open: (sealed: string, place: string) => sealed.replace(`sealed ${place} `, ''),
  isStale: () => false,
}

/** What a fake service does when it is called. */
type Behaviour = (request: SpeechRequest, call: SpeechCall) => Promise<SpeechAnswer>

/** Custody with speech services that do as a test says. */
export function speechWorld(folder: string) {
  const custody = custodyWorld(folder)
  const { deps } = custody
  const offers: SpeechOffers = { vendor: 'offered', deepgram: 'offered', openai: 'offered' }
  const calls: SpeechRequest[] = []
  const behaviour: { next: Behaviour } = { next: async () => ({ outcome: 'done', content: deepgramSays('Hello.') }) }
  const fake: SpeechService = {
    maxBytes: 1_000,
    transcribe: async (request, call) => {
      calls.push(request)
      return await behaviour.next(request, call)
    },
    collect: async () => ({ outcome: 'pending' }),
  }
  /** What is behind the vendor's links. */
  const files = new Map<string, string>()
  const limits = { takeWriteSlot: async () => () => {}, pauseWrites: async () => {} }
  const vendorFiles = {
    text: async (link: string) => {
      const text = files.get(link)
      return text === undefined ? null : { text, sha256: `hash of ${text}` }
    },
  }
  const byVendor = vendorSpeech({ bots: deps.vendor, limits, files: vendorFiles })
  const speech = {
    ...deps,
    cipher,
    offers,
    services: { vendor: byVendor, deepgram: fake, openai: fake },
  }
  const wish: TranscriptWish = { source: 'deepgram', apiKey: null, language: null, model: null, requestedBy: 'user' }

  async function order(meeting: Meeting, changes: Partial<TranscriptWish> = {}) {
    const now = (await deps.meetings.find(meeting.id)) as Meeting
    if (!isFinal(now.state)) throw new Error('The test needs an ended run.')
    return await orderTranscript({ ...speech, cipher }, now, { ...wish, ...changes })
  }

  async function run(transcriptId: string, signal: AbortSignal = new AbortController().signal) {
    return await retranscribe(speech, { transcriptId }, { signal, progress: () => {} })
  }

  return {
    ...custody,
    speech,
    calls,
    behaviour,
    files,
    order,
    run,
    /** Orders a transcript and runs its job once. */
    async make(meeting: Meeting, changes: Partial<TranscriptWish> = {}) {
      const ordered = await order(meeting, changes)
      if (ordered.outcome !== 'ordered') throw new Error(`The order was refused: ${ordered.outcome}`)
      custody.jobs.length = 0
      return { id: ordered.transcript.id, outcome: await run(ordered.transcript.id) }
    },
    /** Time passes, and the sweep starts what is due. */
    async passSpeech(minutes: number) {
      await custody.pass(minutes)
      const { jobs } = await dueSpeechOrders(deps.speechOrders).claimDue(deps.now(), 50)
      const outcomes = []
      for (const { payload } of jobs) outcomes.push(await run((payload as { transcriptId: string }).transcriptId))
      return outcomes
    },
    setTranscribeMissing(source: 'deepgram' | 'openai') {
      deps.transcribeMissing = source
      speech.transcribeMissing = source
    },
    newest: async (meeting: Meeting) => (await deps.transcripts.list(meeting.id))[0],
    timelineOf: async (meeting: Meeting) => await deps.meetings.timeline(meeting.id, 0, 500),
  }
}

/** An answer of Deepgram's with one utterance. */
export const deepgramSays = (transcript: string) => ({
  results: { channels: [], utterances: [{ start: 1, end: 3, transcript, speaker: 0, words: [] }] },
})
