import { PermanentError } from '@seer/core/basics/errors'
import { TransportFailure } from './transport-failure.ts'
import { parseJson, type VendorAnswer } from './vendor-answer.ts'

type CalendarListQuery = { limit: number; cursor?: string; account_email?: string }
type BotListQuery = { limit: number; cursor?: string; status?: string; extra?: string; created_after?: string }

/** The reads that go through the SDK. */
export type VendorSdk = {
  listBots(query: BotListQuery): Promise<VendorAnswer>
  botDetails(botId: string): Promise<VendorAnswer>
  botStatus(botId: string): Promise<VendorAnswer>
  scheduledBot(botId: string): Promise<VendorAnswer>
  listCalendars(query: CalendarListQuery): Promise<VendorAnswer>
  calendarDetails(calendarId: string): Promise<VendorAnswer>
  eventDetails(calendarId: string, eventId: string): Promise<VendorAnswer>
}

/**
 * Reads through a client of its own, so the SDK's global axios stays unchanged. The SDK cannot be stopped: after a
 * deadline, its read keeps the connection until the vendor has sent nothing for `timeoutMs`.
 *
 * The SDK is loaded for the first read. A command of the CLI seldom reads, nor does an API before somebody connects a
 * calendar. Without the SDK they start a tenth of a second sooner and need 30 MB less.
 * @param options.timeoutMs the SDK's own timeout, which counts inactivity
 */
export function openVendorSdk(options: SdkOptions): VendorSdk {
  let loading: ReturnType<typeof loadClient> | undefined
  const client = () => {
    loading ??= loadClient(options)
    return loading
  }
  return {
    listBots: async (query) => toAnswer(await (await client()).listBots(query)),
    botDetails: async (botId) => toAnswer(await (await client()).getBotDetails({ bot_id: botId })),
    botStatus: async (botId) => toAnswer(await (await client()).getBotStatus({ bot_id: botId })),
    scheduledBot: async (botId) => toAnswer(await (await client()).getScheduledBot({ bot_id: botId })),
    listCalendars: async (query) => toAnswer(await (await client()).listCalendars(query)),
    calendarDetails: async (calendarId) =>
      toAnswer(await (await client()).getCalendarDetails({ calendar_id: calendarId })),
    eventDetails: async (calendarId, eventId) =>
      toAnswer(await (await client()).getEventDetails({ calendar_id: calendarId, event_id: eventId })),
  }
}

type SdkOptions = { apiKey: string; baseUrl: string; timeoutMs: number }

async function loadClient({ apiKey: api_key, baseUrl: base_url, timeoutMs: timeout }: SdkOptions) {
  const { createBaasClient } = await import('@meeting-baas/sdk')
  return createBaasClient({ api_key, api_version: 'v2', base_url, timeout })
}

/** What the SDK really returns for a failure. Its types promise something else. */
type SdkError = { success: false; code: unknown; statusCode: unknown; message: unknown; details: unknown }

/**
 * Undoes the SDK's wrapping. SDK 6.0.5 never rejects and never checks an answer. It returns a 2xx that is not JSON as
 * raw text, a lost connection as a made-up 500 `UNKNOWN_ERROR`, and an error body without `message` as `HTTP_ERROR`
 * with the body as text in `details`.
 * @throws TransportFailure
 * @throws PermanentError when the SDK refused to send
 */
function toAnswer(result: unknown): VendorAnswer {
  const answer = (status: unknown, body: unknown): VendorAnswer => ({
    status: typeof status === 'number' ? status : 500,
    body,
    retryAfterMs: undefined,
  })
  if (!isSdkError(result)) return answer(200, result)
  const { code, statusCode, message, details } = result
  switch (code) {
    case 'UNKNOWN_ERROR':
      throw transportFailure(String(message))
    case 'HTTP_ERROR':
      return answer(statusCode, typeof details === 'string' ? parseJson(details) : undefined)
    case 'VALIDATION_ERROR':
      throw new PermanentError('VENDOR_REJECTED', {
        detail: 'The request does not fit what the Meeting BaaS SDK accepts; it was not sent.',
        upstreamCode: code,
      })
    case 'MISSING_API_KEY':
      throw new PermanentError('VENDOR_UNAUTHORIZED', {
        detail: 'There is no Meeting BaaS API key.',
        upstreamCode: code,
      })
    default:
      return answer(statusCode, result)
  }
}

function isSdkError(result: unknown): result is SdkError {
  return typeof result === 'object' && result !== null && 'success' in result && result.success === false
}

/** The SDK keeps nothing of a lost connection but axios's sentence. */
function transportFailure(message: string): TransportFailure {
  if (/^timeout of \d+ ?ms exceeded/.test(message)) return new TransportFailure('timed_out', 'no answer in time')
  const code = /\bE[A-Z_]{4,30}\b/.exec(message)?.[0]
  return new TransportFailure('cut_off', code ?? 'connection lost')
}
