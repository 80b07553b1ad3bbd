import { readFile } from 'node:fs/promises'
import type { Downloads } from '@seer/core/recordings/custody/downloads'
import type { VendorFiles } from '@seer/core/recordings/speech/vendor-speech'
import { passingName } from '../downloads/untouched-files.ts'

/** The transcription of a whole day of talk has about 60 MB. */
const maxBytes = 256e6

/** Texts of the vendor's, fetched as its recordings are, with the same rules about addresses. */
export function vendorFiles(downloads: Downloads): VendorFiles {
  return {
    async text(link, signal) {
      const name = passingName()
      try {
        const fetched = await downloads.fetch(name, link, { maxBytes, signal, onProgress: () => {} })
        if (fetched.outcome !== 'fetched') return null
        const { path, sha256 } = fetched.file
        return { text: await readFile(path, 'utf8'), sha256 }
      } finally {
        await downloads.discard(name)
      }
    },
  }
}
