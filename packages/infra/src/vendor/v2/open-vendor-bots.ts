import { PermanentError } from '@seer/core/basics/errors'
import type { Fact } from '@seer/core/vendor/facts'
import type { BotRequest, VendorBot, VendorBots } from '@seer/core/vendor/vendor-bots'
import { z } from 'zod'
import { botIdField } from '../wire/fields.ts'
import { createQuote } from '../wire/quote.ts'
import { createRunCall, type Deadline, deadlineIn, type RunCall, type VendorCall } from '../wire/vendor-calls.ts'
import { openVendorHttp, type VendorHttp } from '../wire/vendor-http.ts'
import { openVendorSdk, type VendorSdk } from '../wire/vendor-sdk.ts'
import {
  detailsAnswer,
  factFromDetails,
  factFromScheduled,
  factFromStatus,
  scheduledAnswer,
  statusAnswer,
} from './bot-details.ts'
import { activeStatuses, collectBots, extraFilter, listAnswer, mergeBots, toPage } from './bot-lists.ts'
import { type Callback, createBotBody, updateBotBody } from './create-bot-body.ts'

export type VendorBotsOptions = {
  apiKey: string
  /** Default: the live service. */
  baseUrl?: string
  /**
   * How long one call may take, in milliseconds. Default 20,000. For `findBots` it is the limit of all its calls
   * together.
   */
  timeoutMs?: number
  /** Where each bot reports how it ended. */
  callback: Callback
  /** Called after each call to the vendor. */
  log?: (call: VendorCall) => void
}

/** Holds connections open until it is closed. */
export type OpenVendorBots = VendorBots & { close(): Promise<void> }

type BotFilter = { status: string } | { created_after: string }

type Vendor = { run: RunCall; http: VendorHttp; sdk: VendorSdk; timeoutMs: number; callback: Callback }

/**
 * The bots of Meeting BaaS API v2.
 *
 * Reads go through `@meeting-baas/sdk`, writes through plain HTTP, because of what SDK 6.0.5 does. It sends leave and
 * delete in a form that the live service refuses. It hides `retry-after`, and whether a request was sent at all. It
 * follows redirects with our key. It cannot be stopped at a deadline. Reads can live with that. For a write it decides
 * whether Seer may repeat it or must look first. The list of bookings is read through plain HTTP, too: the SDK drops
 * its `extra` filter.
 */
export function openVendorBots(options: VendorBotsOptions): OpenVendorBots {
  const { apiKey, baseUrl = 'https://api.meetingbaas.com', timeoutMs = 20_000, callback, log } = options
  const http = openVendorHttp({ apiKey, baseUrl })
  const sdk = openVendorSdk({ apiKey, baseUrl, timeoutMs })
  const run = createRunCall({ timeoutMs, quote: createQuote([apiKey, callback.secret]), log })
  const vendor: Vendor = { run, http, sdk, timeoutMs, callback }
  return {
    createBot: (request) => createBot(vendor, request),
    findBots: (meetingId) => findBots(vendor, meetingId),
    listActiveBots: (cursor) => listBots(vendor, { status: activeStatuses }, cursor),
    listBotsSince: (since, cursor) => listBots(vendor, { created_after: since.toISOString() }, cursor),
    getBot: (botId) => getBot(vendor, botId),
    getBotStatus: (botId) => getBotStatus(vendor, botId),
    leaveBot: (botId) => act(vendor, 'POST', '/v2/bots/:botId/leave', botId),
    updateScheduledBot: (botId, request) => updateScheduledBot(vendor, botId, request),
    cancelScheduledBot: (botId) => act(vendor, 'DELETE', '/v2/bots/scheduled/:botId', botId),
    retranscribe: (botId, { apiKey }) => retranscribe(vendor, botId, apiKey),
    deleteBotData: (botId) =>
      act(vendor, 'DELETE', '/v2/bots/:botId/delete-data', botId, { delete_from_provider: 'true' }),
    close: () => http.close(),
  }
}

const createdAnswer = z.object({ data: z.object({ bot_id: botIdField }) })

async function createBot({ run, http, callback }: Vendor, request: BotRequest): Promise<{ botId: string }> {
  const path = request.joinAt === null ? '/v2/bots' : '/v2/bots/scheduled'
  const body = createBotBody(request, callback)
  const info = { method: 'POST', path, meetingId: request.meetingId } as const
  const { data } = await run(info, createdAnswer, (signal) => http.send({ ...info, body }, signal))
  return { botId: data.bot_id }
}

async function findBots(vendor: Vendor, meetingId: string): Promise<VendorBot[]> {
  const deadline = deadlineIn(vendor.timeoutMs)
  const [sent, booked] = await Promise.all([
    collectBots(meetingId, (cursor) => readSent(vendor, meetingId, deadline, cursor)),
    collectBots(meetingId, (cursor) => readBooked(vendor, meetingId, deadline, cursor)),
  ])
  return mergeBots(sent, booked)
}

function readSent({ run, sdk }: Vendor, meetingId: string, deadline: Deadline, cursor: string | null) {
  const query = { limit: 250, extra: extraFilter(meetingId), ...(cursor === null ? {} : { cursor }) }
  return run({ method: 'GET', path: '/v2/bots', meetingId, deadline }, listAnswer, () => sdk.listBots(query))
}

function readBooked({ run, http }: Vendor, meetingId: string, deadline: Deadline, cursor: string | null) {
  const call = { method: 'GET', path: '/v2/bots/scheduled' } as const
  const query = { limit: '100', extra: extraFilter(meetingId), cursor: cursor ?? undefined }
  return run({ ...call, meetingId, deadline }, listAnswer, (signal) => http.send({ ...call, query }, signal))
}

async function listBots({ run, sdk }: Vendor, filter: BotFilter, cursor: string | null) {
  const query = { limit: 250, ...filter, ...(cursor === null ? {} : { cursor }) }
  return toPage(await run({ method: 'GET', path: '/v2/bots' }, listAnswer, () => sdk.listBots(query)))
}

async function getBot(vendor: Vendor, botId: string): Promise<Fact | null> {
  const { run, sdk } = vendor
  try {
    const info = { method: 'GET', path: '/v2/bots/:botId', botId }
    const { data } = await run(info, detailsAnswer, () => sdk.botDetails(botId))
    return factFromDetails(data, new Date())
  } catch (error) {
    if (!isNotFound(error)) throw error
    // A booking has no bot until it starts.
    const info = { method: 'GET', path: '/v2/bots/scheduled/:botId', botId }
    return factFromScheduled(await run(info, scheduledAnswer, () => sdk.scheduledBot(botId)))
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof PermanentError && error.code === 'VENDOR_BOT_NOT_FOUND'
}

async function getBotStatus({ run, sdk }: Vendor, botId: string) {
  const info = { method: 'GET', path: '/v2/bots/:botId/status', botId }
  return factFromStatus(await run(info, statusAnswer, () => sdk.botStatus(botId)))
}

const doneAnswer = z.object({ success: z.literal(true) })

async function updateScheduledBot({ run, http, callback }: Vendor, botId: string, request: BotRequest): Promise<void> {
  const path = '/v2/bots/scheduled/:botId'
  const body = updateBotBody(request, callback)
  const call = { method: 'PATCH', path: fillIn(path, botId), body } as const
  const info = { method: 'PATCH', path, botId, meetingId: request.meetingId }
  await run(info, doneAnswer, (signal) => http.send(call, signal))
}

async function act(
  { run, http }: Vendor,
  method: 'POST' | 'DELETE',
  path: string,
  botId: string,
  query?: Record<string, string>,
): Promise<void> {
  const call = { method, path: fillIn(path, botId), query }
  await run({ method, path, botId }, doneAnswer, (signal) => http.send(call, signal))
}

/** Not in SDK 6.0.5, and not in the published OpenAPI document; SDK 6.2.0 has it. */
async function retranscribe({ run, http }: Vendor, botId: string, apiKey: string | null): Promise<void> {
  const path = '/v2/bots/:botId/retranscribe'
  const body = apiKey === null ? {} : { transcription: { provider: 'gladia', api_key: apiKey } }
  const info = { method: 'POST', path, botId, secrets: apiKey === null ? [] : [apiKey] }
  await run(info, doneAnswer, (signal) => http.send({ method: 'POST', path: fillIn(path, botId), body }, signal))
}

function fillIn(path: string, botId: string): string {
  return path.replace(':botId', encodeURIComponent(botId))
}
