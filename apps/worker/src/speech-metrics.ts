import { SeerError } from '@seer/core/basics/errors'
import type { SpeechCall, SpeechService, SpeechServices } from '@seer/core/recordings/speech/speech-service'
import { Histogram, type Registry } from 'prom-client'

/** Seconds; from a refusal to a server without a graphics card that hears a long meeting. */
const buckets = [0.5, 1, 5, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 10_800]

/**
 * Counts and times the calls that ask for a transcript, which are those that are paid for. Asking whether one is done is
 * not counted.
 * @returns the same services, with their calls counted
 */
export function timeSpeech(registry: Registry, services: SpeechServices): SpeechServices {
  const durations = new Histogram({
    name: 'seer_speech_call_duration_seconds',
    help: 'How long calls for a transcript took. outcome: done, started (the service goes on by itself), interrupted (the worker stopped, or lost the order), or the code of the error.',
    labelNames: ['source', 'outcome'],
    buckets,
    registers: [registry],
  })
  const timed = (source: string, service: SpeechService): SpeechService => ({
    ...service,
    async transcribe(request, call) {
      const end = durations.startTimer({ source })
      try {
        const answer = await service.transcribe(request, call)
        end({ outcome: answer.outcome })
        return answer
      } catch (error) {
        end({ outcome: outcomeOf(error, call) })
        throw error
      }
    },
  })
  const { vendor, deepgram, openai } = services
  return {
    vendor: vendor && timed('vendor', vendor),
    deepgram: deepgram && timed('deepgram', deepgram),
    openai: openai && timed('openai', openai),
  }
}

function outcomeOf(error: unknown, { signal }: SpeechCall): string {
  if (signal.aborted) return 'interrupted'
  return error instanceof SeerError ? error.code : 'INTERNAL_ERROR'
}
