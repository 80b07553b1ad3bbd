import { z } from 'zod'
import { botStatuses } from '../bots/bot.ts'

/**
 * How often a fault strikes: it skips the first `skip` matches, then strikes at most `times`, each with `probability`.
 */
const frequency = {
  times: z.int().min(1).optional(),
  skip: z.int().min(0).default(0),
  probability: z.number().min(0).max(1).default(1),
}

/** `path` is a prefix, or a whole path in which each `*` matches anything. */
const requestMatch = z
  .strictObject({ method: z.string().toUpperCase().optional(), path: z.string().optional() })
  .prefault({})

const request = { match: requestMatch, ...frequency }
const hang = z.int().min(0).max(600_000).default(35_000)

/** `vendor` is the vendor's error. The others are what gateways, proxies and frameworks send in its place. */
const statusBodies = ['vendor', 'html', 'empty', 'gateway', 'framework'] as const
/** Headers exactly as they are sent, such as `{ "retry-after": "120;" }`. A list sends a header several times. */
const answerHeaders = z.record(z.string(), z.union([z.string(), z.array(z.string())])).default({})

const status = z.int().min(200).max(599)

/** Faults of the HTTP API. All `ms` are real milliseconds, because the timeouts of clients are real. */
export const requestFaultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('latency'), ...request, ms: z.int().min(0).max(600_000) }),
  z.strictObject({
    kind: z.literal('status'),
    ...request,
    /** With a list, the statuses are used in turn, again and again. */
    status: z.union([status, z.array(status).min(1)]),
    code: z.string().optional(),
    body: z.enum(statusBodies).default('vendor'),
    retryAfter: z.int().min(1).optional(),
    headers: answerHeaders,
  }),
  z.strictObject({ kind: z.literal('timeout_before'), ...request, ms: hang }),
  z.strictObject({ kind: z.literal('timeout_after_success'), ...request, ms: hang }),
  z.strictObject({ kind: z.literal('reset'), ...request }),
  z.strictObject({
    kind: z.literal('garbage'),
    ...request,
    body: z.enum(['invalid_json', 'wrong_shape', 'html', 'empty']).default('invalid_json'),
  }),
  z.strictObject({ kind: z.literal('no_message'), ...request }),
  z.strictObject({
    kind: z.literal('circle'),
    ...request,
    cursors: z.array(z.string().min(1)).min(1).default(['a', 'b']),
  }),
  z.strictObject({
    kind: z.literal('truncate'),
    ...request,
    /** How many bytes come. Default: half of them. */
    bytes: z.int().min(0).optional(),
  }),
  z.strictObject({
    kind: z.literal('redirect'),
    ...request,
    /** An origin, to which path and query of the request are added. */
    to: z.url({ protocol: /^https?$/ }),
    status: z.union([z.literal(301), z.literal(302), z.literal(303), z.literal(307), z.literal(308)]).default(302),
  }),
  z.strictObject({
    kind: z.literal('etag'),
    ...request,
    /** A weak one, none, or another one in each answer. */
    value: z.enum(['weak', 'none', 'changing']),
  }),
  z.strictObject({ kind: z.literal('cut'), ...request }),
  z.strictObject({ kind: z.literal('wrong_bytes'), ...request }),
  z.strictObject({ kind: z.literal('slow'), ...request, bytesPerSecond: z.int().min(1) }),
])
export type RequestFault = z.infer<typeof requestFaultSchema>

const notificationMatch = z
  .strictObject({
    channel: z.enum(['webhook', 'callback']).optional(),
    event: z.string().optional(),
    status: z.enum(botStatuses).optional(),
    botId: z.string().optional(),
    calendarId: z.string().optional(),
  })
  .prefault({})
const notification = { match: notificationMatch, ...frequency }

/** Faults of webhooks and callbacks. `ms` is virtual, because the sandbox does the waiting. */
export const notificationFaultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('drop'), ...notification }),
  z.strictObject({ kind: z.literal('duplicate'), ...notification, copies: z.int().min(1).max(20).default(1) }),
  z.strictObject({ kind: z.literal('reorder'), ...notification }),
  z.strictObject({ kind: z.literal('delay'), ...notification, ms: z.int().min(0) }),
])
export type NotificationFault = z.infer<typeof notificationFaultSchema>

export const faultSchema = z.discriminatedUnion('kind', [
  ...requestFaultSchema.options,
  ...notificationFaultSchema.options,
])
export type Fault = RequestFault | NotificationFault

const requestKinds: readonly string[] = requestFaultSchema.options.map((option) => option.shape.kind.value)

export const isRequestFault = (fault: Fault): fault is RequestFault => requestKinds.includes(fault.kind)
