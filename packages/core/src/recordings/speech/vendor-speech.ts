import { PermanentError, RetryableError } from '../../basics/errors.ts'
import { resultsOf } from '../../vendor/facts.ts'
import type { VendorBots } from '../../vendor/vendor-bots.ts'
import { vendorWrite, type WriteLimits } from '../../vendor/vendor-write.ts'
import type { SpeechAnswer, SpeechRequest, SpeechService } from './speech-service.ts'

/** Fetches a file of the vendor's that is text, whole. */
export interface VendorFiles {
  /**
   * @returns the text and its SHA-256 in hex; null when the link answers that there is no such file
   * @throws RetryableError as `Downloads.fetch`
   */
  text(link: string, signal: AbortSignal): Promise<{ text: string; sha256: string } | null>
}

type Deps = { bots: Pick<VendorBots, 'getBot' | 'retranscribe'>; limits: WriteLimits; files: VendorFiles }

/** The ticket of a bot whose old transcription is not there. */
const noFile = 'none'

/**
 * Meeting BaaS as a speech service. It only says that it has begun. Whether it tells when it is done is not documented,
 * so its files are compared: the transcript is made when there is another transcription than before. The ticket is the
 * SHA-256 of the old one.
 */
export function vendorSpeech(deps: Deps): SpeechService {
  return {
    maxBytes: null,
    async transcribe(request, { signal, noteTicket }) {
      const botId = botOf(request)
      const before = await transcriptionOf(deps, botId, signal)
      const ticket = before?.sha256 ?? noFile
      await begin(deps, async () => {
        await noteTicket(ticket)
        await deps.bots.retranscribe(botId, { apiKey: request.apiKey })
      })
      return { outcome: 'started', ticket }
    },
    async collect(ticket, request, { signal }): Promise<SpeechAnswer> {
      const now = await transcriptionOf(deps, botOf(request), signal)
      if (!now || now.sha256 === ticket) return { outcome: 'pending' }
      return { outcome: 'done', content: now.text }
    },
  }
}

function botOf({ botId }: SpeechRequest): string {
  if (botId === null) throw new PermanentError('VENDOR_BOT_NOT_FOUND')
  return botId
}

/** When no answer came, it may have begun. Asking again could be paid for twice, so Seer waits for the file instead. */
async function begin({ limits }: Deps, ask: () => Promise<void>): Promise<void> {
  try {
    await vendorWrite(limits, ask)
  } catch (error) {
    if (!(error instanceof RetryableError && error.outcomeUnknown)) throw error
  }
}

async function transcriptionOf({ bots, files }: Deps, botId: string, signal: AbortSignal) {
  const link = resultsOf(await bots.getBot(botId))?.artifacts.transcription ?? null
  return link === null ? null : await files.text(link, signal)
}
