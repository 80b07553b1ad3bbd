import type { Meeting } from '../../../src/meetings/meeting.ts'
import type { MeetingStore } from '../../../src/meetings/meeting-store.ts'
import type { TranscriptSearch } from '../../../src/recordings/search/transcript-search.ts'
import type { SpeechOrderStore } from '../../../src/recordings/speech/speech-orders.ts'
import type { ReadTranscript } from '../../../src/recordings/transcripts/formats/read-outcome.ts'
import type { storeTranscript } from '../../../src/recordings/transcripts/store-transcript.ts'
import type { TranscriptStore } from '../../../src/recordings/transcripts/transcript-store.ts'

export type OpenedTranscripts = {
  transcripts: TranscriptStore
  transcriptSearch: TranscriptSearch
  speechOrders: SpeechOrderStore
  meetings: MeetingStore
  /** Makes a user whose meetings can be stored. */
  newUser: () => Promise<string>
}

export type TranscriptStage = OpenedTranscripts & {
  newMeeting(changes?: Partial<Meeting>): Promise<Meeting>
  /** Stores a transcript, as a file of the vendor's. */
  store(meetingId: string, transcript: ReadTranscript, sourceKey?: string): ReturnType<typeof storeTranscript>
}
