import type { Meeting } from '@seer/core/bots/meeting'

/** Each field of a meeting and the column that holds it. `json` columns take text, so that arrays stay JSON. */
const columns = {
  id: 'id',
  userId: 'user_id',
  meetingUrl: 'meeting_url',
  platform: 'platform',
  joinKey: 'join_key',
  botName: 'bot_name',
  botConfig: 'bot_config',
  extra: 'extra',
  joinAt: 'join_at',
  state: 'processing_status',
  vendorStatus: 'vendor_status',
  vendorStatusAt: 'vendor_status_at',
  run: 'run',
  meetingBaasId: 'meeting_baas_id',
  artifacts: 'artifacts',
  artifactsExpireAt: 'artifacts_expire_at',
  participants: 'participants',
  speakers: 'speakers',
  durationSeconds: 'duration_seconds',
  joinedAt: 'joined_at',
  recordingStartedAt: 'recording_started_at',
  exitedAt: 'exited_at',
  errorCode: 'error_code',
  errorMessage: 'error_message',
  meetingBaasCalendarId: 'meeting_baas_calendar_id',
  calendarEventId: 'calendar_event_id',
  calendarProvider: 'calendar_provider',
  leaveRequestedAt: 'leave_requested_at',
  leaveSentAt: 'leave_sent_at',
  finalAt: 'final_at',
  lastSeq: 'last_seq',
  version: 'version',
  createAttempts: 'create_attempts',
  leaseUntil: 'lease_until',
  dueAt: 'due_at',
  round: 'round',
  lastProblem: 'last_problem',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
} as const satisfies Record<keyof Meeting, string>

type Field = keyof Meeting
const fields = Object.keys(columns) as Field[]
const jsonFields = new Set<Field>(['botConfig', 'extra', 'artifacts', 'participants', 'speakers'])

/** Fields that stay as they were when the meeting was claimed. */
const fixedFields = new Set<Field>(['id', 'userId', 'meetingUrl', 'platform', 'joinKey', 'createdAt'])
/** Fields that the writing statement sets by itself. */
const countedFields = new Set<Field>(['version', 'updatedAt'])
const changingFields = fields.filter((field) => !fixedFields.has(field) && !countedFields.has(field))

/** A select list that makes rows in the shape of `Meeting`. */
export function selectMeeting(table: string): string {
  return fields.map((field) => `${table}.${columns[field]} AS "${field}"`).join(', ')
}

/** Reads a row selected with `selectMeeting`. */
export function toMeeting(row: Record<string, unknown>): Meeting {
  return row as Meeting
}

/** The column list and values that insert a whole meeting, placeholders beginning with $1. */
export function insertMeeting(meeting: Meeting): { columns: string; placeholders: string; values: unknown[] } {
  return {
    columns: fields.map((field) => columns[field]).join(', '),
    placeholders: fields.map((_, i) => `$${i + 1}`).join(', '),
    values: fields.map((field) => toColumn(field, meeting[field])),
  }
}

/**
 * The SET list and values that write all changing fields, placeholders beginning with $`first`. `recording_url` is the
 * integration guide's column; it repeats a link of `artifacts` for those who read the table.
 */
export function updateMeeting(meeting: Meeting, first: number): { set: string; values: unknown[] } {
  const assignments = changingFields.map((field, i) => `${columns[field]} = $${first + i}`)
  const values = changingFields.map((field) => toColumn(field, meeting[field]))
  assignments.push(`recording_url = $${first + values.length}`)
  values.push(meeting.artifacts?.video ?? meeting.artifacts?.audio ?? null)
  return { set: assignments.join(', '), values }
}

function toColumn(field: Field, value: Meeting[Field]): unknown {
  return jsonFields.has(field) && value !== null ? JSON.stringify(value) : value
}
