/**
 * The types of log entries, by the kind of their subject. The first seven types of a bot are the integration guide's
 * event names; the others are finer. A type is never renamed, because customers store it.
 */
export const entryTypes = {
  bot: [
    'bot_join_call',
    'bot_leave_call',
    'recording_ready',
    'transcript_ready',
    'bot_error',
    'bot_waiting_room',
    'bot_admitted',
    'bot_requested',
    'bot_created',
    'bot_scheduled',
    'bot_rescheduled',
    'bot_queued',
    'bot_pickup_delayed',
    'bot_joining',
    'bot_restarted',
    'bot_retrying',
    'bot_problem',
    'bot_status_unknown',
    'recording_started',
    'recording_paused',
    'recording_resumed',
    'recording_finished',
    'recording_failed',
    'transcribing',
    'transcription_failed',
    /** A transcript was ordered of a speech service, or of the vendor once more; `data` has its version. */
    'transcript_requested',
    /** Such a transcript is there. If it could not be made, `transcription_failed` has its version. */
    'transcript_made',
    'chat_message',
    'leave_requested',
    'subscriber_joined',
    'subscriber_left',
    'bot_handed_over',
    'bot_completed',
    'bot_cancelled',
    /** The vendor's end replaced one that Seer had inferred. `data` has the replaced end. */
    'bot_end_corrected',
    /** A file of the run is in our storage. */
    'artifact_stored',
    /** The vendor deleted a file before it could be copied. */
    'artifact_expired',
    'artifact_deleted',
    /** All files are dealt with; `data` has the grade and its reasons. Again when these change. */
    'delivery_graded',
    /** Nothing may be deleted any more, or it may again. */
    'hold_placed',
    'hold_lifted',
    /** `data` says what goes, and why. From now on nobody is shown it. */
    'data_deletion_requested',
    /** All of it is gone, here and at the vendor; `data` is the receipt. */
    'data_deleted',
  ],
  integration: [
    'calendar_connected',
    'calendar_reconnected',
    'calendar_connect_failed',
    'calendar_error',
    'calendar_access_lost',
    'calendar_recovered',
    'calendar_subscription_renewed',
    'calendar_disconnect_requested',
  ],
  event: [
    /** A calendar event will now be recorded, or no longer; `data` is the decision. */
    'event.will_record_changed',
  ],
  endpoint: [
    'endpoint.created',
    'endpoint.changed',
    'endpoint.secret_rotated',
    /** Nothing could be delivered for so long; `data` says how much of the way to being disabled that is. */
    'endpoint.failing',
    'endpoint.disabled',
    'endpoint.recovered',
    'endpoint.deleted',
  ],
  user: ['user.created', 'user.key_created', 'user.key_revoked', 'user.deletion_requested', 'user.deleted'],
} as const

/**
 * The kinds of subjects with a log: a bot is a row of `meetings`, an integration one of `calendar_integrations`, an event
 * one of `calendar_events`, an endpoint one of `webhook_endpoints`, and a user one of `users`.
 */
export type SubjectKind = keyof typeof entryTypes

export type EntryType<Kind extends SubjectKind> = (typeof entryTypes)[Kind][number]
