import type { SpeechCall, SpeechSource } from '@seer/core/recordings/speech/speech-service'

/** Leases of a minute depend on it. */
const pulseMs = 5_000

/** The bytes that are sent, and what reading them has thrown: HTTP clients only say that the body broke. */
export type Sending = { bytes: AsyncIterable<Uint8Array>; failure: () => unknown }

/** Reports progress every few seconds while `run` lasts, also while the service only thinks. */
export async function withPulse<T>(
  { onProgress }: SpeechCall,
  run: (note: (sent: number | null) => void) => Promise<T>,
): Promise<T> {
  let latest: number | null = null
  const timer = setInterval(() => onProgress(latest), pulseMs)
  try {
    return await run((sent) => {
      latest = sent
    })
  } finally {
    clearInterval(timer)
  }
}

/** Opens a source and counts what is read of it. @throws what opening throws */
export async function sendingOf(source: SpeechSource, note: (sent: number | null) => void): Promise<Sending> {
  const opened = await source.open()
  let failure: unknown
  async function* counted() {
    let read = 0
    try {
      for await (const chunk of opened) {
        read += chunk.length
        note(source.bytes > 0 ? Math.min(1, read / source.bytes) : null)
        yield chunk
      }
    } catch (error) {
      failure = error
      throw error
    }
  }
  return { bytes: counted(), failure: () => failure }
}
