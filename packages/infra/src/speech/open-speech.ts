import type { SpeechServices } from '@seer/core/recordings/speech/speech-service'
import { type SpeechSettings, transcriptionsUrl } from '../config/speech-settings.ts'
import { openDeepgram } from './open-deepgram.ts'
import { openOpenai } from './open-openai.ts'

export type OpenSpeech = { services: Omit<SpeechServices, 'vendor'>; close(): Promise<void> }

/** The speech services that the settings name. Nothing connects yet. */
export function openSpeech(settings: SpeechSettings): OpenSpeech {
  const { DEEPGRAM_API_KEY, DEEPGRAM_API_URL, DEEPGRAM_MODEL, DEEPGRAM_SEND_LINKS } = settings
  const { TRANSCRIPTION_URL, TRANSCRIPTION_API_KEY, TRANSCRIPTION_MODEL } = settings
  const deepgram = openDeepgram({
    baseUrl: DEEPGRAM_API_URL,
    apiKey: DEEPGRAM_API_KEY ?? null,
    model: DEEPGRAM_MODEL,
    sendsLinks: DEEPGRAM_SEND_LINKS,
  })
  const openai =
    TRANSCRIPTION_URL === undefined
      ? null
      : openOpenai({
          url: transcriptionsUrl(TRANSCRIPTION_URL),
          apiKey: TRANSCRIPTION_API_KEY ?? null,
          model: TRANSCRIPTION_MODEL,
        })
  return {
    services: { deepgram, openai },
    async close() {
      await Promise.all([deepgram.close(), openai?.close()])
    },
  }
}
