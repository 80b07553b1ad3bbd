import type { MediaReader } from '@seer/core/recordings/custody/downloads'
import { isWhole } from './is-whole.ts'

/** Reads durations from the headers of MP4, FLAC, MP3, WAV, WebM and other files, and looks whether their ends are there. */
export const mediaReader: MediaReader = {
  async read(path) {
    return { durationSeconds: await durationOf(path), isWhole: await isWhole(path) }
  },
}

async function durationOf(path: string): Promise<number | null> {
  // Loaded with the first recording, because it costs a start 100 ms.
  const { parseFile } = await import('music-metadata')
  try {
    const seconds = (await parseFile(path, { skipCovers: true })).format.duration
    return seconds !== undefined && Number.isFinite(seconds) && seconds > 0 ? seconds : null
  } catch {
    return null
  }
}
