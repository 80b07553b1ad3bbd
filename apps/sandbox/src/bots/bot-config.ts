import { z } from 'zod'

const uri = z.url()
const httpsUri = z.url({ protocol: /^https$/, error: 'must be an HTTPS URL' })
const httpUri = z.url({ protocol: /^https?$/, error: 'must be an HTTP or HTTPS URL' })
const utcDate = z.iso.datetime({ error: 'must be an ISO 8601 date-time in UTC, ending in Z' })

/** The caller's own data. It comes back in every list, detail and notification. */
export const extraSchema = z.record(z.string(), z.unknown()).nullable()
export type Extra = z.infer<typeof extraSchema>

export const callbackConfigSchema = z.strictObject({
  url: httpUri,
  secret: z.string().nullable().default(null),
  method: z.enum(['POST', 'PUT']).default('POST'),
})
export type CallbackConfig = z.infer<typeof callbackConfigSchema>

const imageConfigSchema = z.strictObject({
  loop_mode: z.enum(['auto', 'bot_status']).default('auto'),
  image_duration: z.int().min(10).max(120).default(30),
})

const timeoutConfigSchema = z.strictObject({
  waiting_room_timeout: z.int().min(120).max(1800).default(600),
  no_one_joined_timeout: z.int().min(120).max(1800).default(600),
  silence_timeout: z.int().min(300).max(1800).default(600),
  grace_period: z.int().min(0).max(600).default(0),
})

const zoomConfigSchema = z.strictObject({
  credential_id: z.uuid().optional(),
  credential_user_id: z.string().optional(),
  obf_token: z.string().optional(),
  obf_token_url: uri.optional(),
  zak_token_url: uri.optional(),
})

const streamingConfigSchema = z.strictObject({
  input_url: uri.nullable().default(null),
  output_url: uri.nullable().default(null),
  audio_frequency: z.literal([16000, 24000, 32000, 48000]).nullable().default(24000),
})

const transcriptionConfigSchema = z.strictObject({
  provider: z.enum(['gladia']).default('gladia'),
  api_key: z.string().nullable().default(null),
  custom_params: z.record(z.string(), z.unknown()).nullable().default(null),
})

/**
 * The body of POST /v2/bots: fields, ranges and defaults of the published v2 contract (openapi-v2.json,
 * CreateBotRequestBodyInput). Unknown keys are refused at every level.
 */
export const createBotSchema = z.strictObject({
  bot_name: z.string().min(1).max(255),
  bot_image: z
    .union([httpsUri, z.array(httpsUri).min(1).max(5)])
    .nullable()
    .default(null),
  bot_image_config: imageConfigSchema.nullable().default(null),
  meeting_url: httpsUri,
  allow_multiple_bots: z.boolean().default(true),
  recording_mode: z.enum(['audio_only', 'speaker_view', 'gallery_view']).default('speaker_view'),
  entry_message: z.string().max(500).nullable().default(null),
  timeout_config: timeoutConfigSchema.prefault({}),
  zoom_config: zoomConfigSchema.nullable().default(null),
  extra: extraSchema.default(null),
  streaming_enabled: z.boolean().default(false),
  streaming_config: streamingConfigSchema.nullable().default(null),
  transcription_enabled: z.boolean().default(false),
  transcription_config: transcriptionConfigSchema.nullable().default(null),
  callback_enabled: z.boolean().default(false),
  callback_config: callbackConfigSchema.nullable().default(null),
})
export type BotConfig = z.infer<typeof createBotSchema>

/** The body of POST /v2/bots/scheduled. */
export const createScheduledBotSchema = createBotSchema.extend({ join_at: utcDate })
export type ScheduledBotRequest = z.infer<typeof createScheduledBotSchema>

/**
 * Reads the body of PATCH /v2/bots/scheduled/{id}: any of the fields, each checked as on creation. Returns only the
 * keys that were sent, so that a default never overwrites a stored value.
 */
export function parseScheduledPatch(body: unknown): Partial<ScheduledBotRequest> {
  return onlySent(createScheduledBotSchema.partial().parse(body), body)
}

/** A bot for an event takes its link from the event. The vendor has no field for other bots in the meeting here. */
const eventBotSchema = createBotSchema.omit({ meeting_url: true, allow_multiple_bots: true })
export type EventBotConfig = z.infer<typeof eventBotSchema>

const eventTarget = { series_id: z.uuid(), all_occurrences: z.boolean(), event_id: z.uuid().optional() }

/** Which events are meant. Body of DELETE /v2/calendars/{id}/bots, and part of POST and PATCH (openapi-v2.json). */
export const eventTargetSchema = z
  .strictObject(eventTarget)
  .refine(({ all_occurrences, event_id }) => all_occurrences || event_id !== undefined, {
    path: ['event_id'],
    error: 'is required unless all_occurrences is true',
  })
export type EventTarget = z.infer<typeof eventTargetSchema>

/** Reads the body of POST /v2/calendars/{id}/bots: the events and the bot. */
export function parseEventBot(body: unknown): { target: EventTarget; config: EventBotConfig } {
  const { series_id, all_occurrences, event_id, ...config } = eventBotSchema.extend(eventTarget).parse(body)
  return { target: eventTargetSchema.parse({ series_id, all_occurrences, event_id }), config }
}

/** Reads the body of PATCH /v2/calendars/{id}/bots: the events, and the fields of the bot that were sent. */
export function parseEventBotPatch(body: unknown): { target: EventTarget; changes: Partial<EventBotConfig> } {
  const { series_id, all_occurrences, event_id, ...parsed } = eventBotSchema.partial().extend(eventTarget).parse(body)
  const target = eventTargetSchema.parse({ series_id, all_occurrences, event_id })
  return { target, changes: onlySent(parsed, body) }
}

/** Removes what defaults have added. */
function onlySent<Parsed extends object>(parsed: Parsed, body: unknown): Partial<Parsed> {
  const sent = Object.entries(parsed).filter(([key]) => Object.hasOwn(body as object, key))
  return Object.fromEntries(sent) as Partial<Parsed>
}
