import { z } from 'zod'
import type { EntryType, SubjectKind } from './entry-types.ts'

const nothing = z.strictObject({})
const time = z.iso.datetime()
const codeAndMessage = z.strictObject({ code: z.string().nullable(), message: z.string().nullable() })
/** A status of Meeting BaaS as it was sent. */
const status = z.strictObject({ status: z.string(), message: z.string().optional() })
const joinAt = z.strictObject({ joinAt: time.nullable() })
const version = { version: z.int(), source: z.string() }
const file = z.strictObject({ kind: z.string(), reason: z.string().nullable() })
const connection = { from: z.string(), to: z.string(), message: z.string().nullable() }
const key = z.strictObject({
  ...{ keyId: z.string(), prefix: z.string(), label: z.string().nullable(), scopes: z.array(z.string()) },
})
const left = z.strictObject({ outcome: z.string(), reason: z.string().nullable(), at: time.nullable() })
const decision = z.strictObject({
  willRecord: z.boolean(),
  by: z.string(),
  winner: z.string(),
  reasons: z.array(z.strictObject({ code: z.string(), rule: z.string().optional(), detail: z.string().optional() })),
  sharedWith: z.union([z.strictObject({ meetingId: z.string() }), z.strictObject({ eventId: z.string() })]).nullable(),
})

type DataSchemas = { [Kind in SubjectKind]: Record<EntryType<Kind>, z.ZodType> }

/**
 * What the `data` of each type hold, as JSON. Fields may be added, and none is ever removed, because customers read them.
 * The tests' stores check every entry that a test appends, and docs/events.md has an example of each.
 */
export const entryData: DataSchemas = {
  bot: {
    bot_join_call: z.union([nothing, status]),
    bot_leave_call: z.union([nothing, status]),
    recording_ready: z.strictObject({ video: z.boolean(), audio: z.boolean() }),
    transcript_ready: nothing,
    bot_error: codeAndMessage,
    bot_waiting_room: status,
    bot_admitted: nothing,
    bot_requested: z.strictObject({ joinAt: time.nullable(), calendarEventId: z.string().optional() }),
    bot_created: z.strictObject({ botId: z.string(), adopted: z.boolean() }),
    bot_scheduled: joinAt,
    bot_rescheduled: joinAt,
    bot_queued: status,
    bot_pickup_delayed: status,
    bot_joining: status,
    bot_restarted: z.strictObject({ run: z.int() }),
    bot_retrying: status,
    bot_problem: status,
    bot_status_unknown: status,
    recording_started: status,
    recording_paused: status,
    recording_resumed: status,
    recording_finished: status,
    recording_failed: status,
    transcribing: status,
    transcription_failed: z.union([status, codeAndMessage.extend(version)]),
    transcript_requested: z.strictObject(version),
    transcript_made: z.strictObject({ ...version, words: z.int(), speakers: z.int() }),
    chat_message: z.union([
      z.strictObject({ messageId: z.string().nullable(), sender: z.string().nullable(), text: z.string() }),
      z.strictObject({ removed: z.literal(true) }),
    ]),
    leave_requested: z.strictObject({ reason: z.string().optional() }),
    subscriber_joined: z.strictObject({ calendarEventId: z.string().optional() }),
    subscriber_left: nothing,
    bot_handed_over: nothing,
    bot_completed: z.strictObject({ durationSeconds: z.number().nullable() }),
    bot_cancelled: nothing,
    bot_end_corrected: z.strictObject({ state: z.string(), code: z.string().nullable() }),
    artifact_stored: z.strictObject({ kind: z.string(), bytes: z.int().nullable(), sha256: z.string().nullable() }),
    artifact_expired: file,
    artifact_deleted: file,
    delivery_graded: z.strictObject({ grade: z.string(), reasons: z.array(z.string()) }),
    hold_placed: nothing,
    hold_lifted: nothing,
    data_deletion_requested: z.strictObject({ scope: z.string(), reason: z.string() }),
    data_deleted: z.strictObject({
      scopes: z.array(z.string()),
      reason: z.string().nullable(),
      requestedAt: time.nullable(),
      doneAt: time.nullable(),
      storage: z.strictObject({ files: z.int(), bytes: z.int(), removed: z.array(z.record(z.string(), z.unknown())) }),
      database: z.strictObject({
        transcripts: z.array(z.record(z.string(), z.unknown())),
        ...{ utterances: z.int(), speakerNames: z.int(), chatMessages: z.int() },
      }),
      vendor: left.nullable(),
    }),
  },
  integration: {
    calendar_connected: z.strictObject({ calendarId: z.string() }),
    calendar_reconnected: z.strictObject({ calendarId: z.string() }),
    calendar_connect_failed: codeAndMessage,
    calendar_error: z.strictObject(connection),
    calendar_access_lost: z.strictObject({ ...connection, action: codeAndMessage.nullable() }),
    calendar_recovered: z.strictObject(connection),
    calendar_subscription_renewed: z.strictObject({ expiresAt: time.nullable() }),
    calendar_disconnect_requested: nothing,
  },
  event: { 'event.will_record_changed': decision },
  endpoint: {
    'endpoint.created': nothing,
    'endpoint.changed': z.strictObject({ fields: z.array(z.string()) }),
    'endpoint.secret_rotated': z.strictObject({ oldSecretUntil: time }),
    'endpoint.failing': z.strictObject({
      ...{
        percent: z.int(),
        failingSince: time.nullable(),
        status: z.int().nullable(),
        problem: z.string().nullable(),
      },
    }),
    'endpoint.disabled': z.strictObject({ because: z.enum(['failing', 'gone']) }),
    'endpoint.recovered': nothing,
    'endpoint.deleted': nothing,
  },
  user: {
    'user.created': nothing,
    'user.key_created': key,
    'user.key_revoked': key,
    'user.deletion_requested': nothing,
    'user.deleted': nothing,
  },
}
