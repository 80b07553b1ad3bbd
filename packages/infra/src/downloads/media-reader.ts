import type { MediaReader } from '@seer/core/recordings/custody/downloads'

/** Reads durations from the headers of MP4, FLAC, MP3, WAV, WebM and other files. */
export const mediaReader: MediaReader = {
  async read(path) {
    // Loaded with the first recording, because it costs a start 100 ms.
    const { parseFile } = await import('music-metadata')
    try {
      const { format } = await parseFile(path, { skipCovers: true })
      const seconds = format.duration
      const durationSeconds = seconds !== undefined && Number.isFinite(seconds) && seconds > 0 ? seconds : null
      return { durationSeconds, isReadable: durationSeconds !== null }
    } catch {
      return { durationSeconds: null, isReadable: false }
    }
  },
}
