import type { BotShare, Meeting, Subscriber } from '@seer/core/meetings/meeting'
import {
  type Arrays,
  bool,
  type ColumnsOf,
  float,
  int,
  json,
  rowSet,
  text,
  time,
  timesRevived,
  toColumn,
  typesOf,
  uuid,
} from '../columns.ts'

/** Fields that `meetings` has for the owner, and `meeting_subscribers` for each other user. */
const shareColumns: ColumnsOf<BotShare> = {
  userId: uuid('user_id'),
  meetingUrl: text('own_url'),
  sharedSince: time('shared_since'),
  sharedLate: bool('shared_late'),
  extra: json('extra'),
  meetingBaasCalendarId: text('meeting_baas_calendar_id'),
  calendarEventId: text('calendar_event_id'),
  calendarProvider: text('calendar_provider'),
  eventStartsAt: time('event_starts_at'),
  eventEndsAt: time('event_ends_at'),
}

/** The fields of a meeting and their columns. */
const columns: ColumnsOf<Meeting> = {
  id: uuid('id'),
  ...shareColumns,
  joinUrl: text('meeting_url'),
  platform: text('platform'),
  joinKey: text('join_key'),
  botName: text('bot_name'),
  botConfig: json('bot_config'),
  joinAt: time('join_at'),
  state: text('processing_status'),
  vendorStatus: text('vendor_status'),
  vendorStatusAt: time('vendor_status_at'),
  vendorStatusKnownAt: time('vendor_status_known_at'),
  run: int('run'),
  meetingBaasId: text('meeting_baas_id'),
  artifacts: json('artifacts'),
  artifactsExpireAt: time('artifacts_expire_at'),
  participants: json('participants'),
  speakers: json('speakers'),
  durationSeconds: float('duration_seconds'),
  delivery: json('delivery'),
  hold: json('hold'),
  deletion: json('data_deletion'),
  joinedAt: time('joined_at'),
  recordingStartedAt: time('recording_started_at'),
  exitedAt: time('exited_at'),
  errorCode: text('error_code'),
  errorMessage: text('error_message'),
  endInferred: bool('end_inferred'),
  changeOwed: bool('change_owed'),
  leaveRequestedAt: time('leave_requested_at'),
  leaveSentAt: time('leave_sent_at'),
  finalAt: time('final_at'),
  lastSeq: int('last_seq'),
  version: int('version'),
  createAttempts: int('create_attempts'),
  leaseUntil: time('lease_until'),
  writeDueAt: time('write_due_at'),
  lookDueAt: time('look_due_at'),
  collected: bool('collected'),
  collectDueAt: time('collect_due_at'),
  deleteDueAt: time('delete_due_at'),
  dueAt: time('due_at'),
  round: int('round'),
  lastProblem: text('last_problem'),
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
}

export type Field = keyof Meeting
export const columnOf = (field: Field): string => columns[field].name
export const fields = Object.keys(columns) as Field[]
const shareFields = Object.keys(shareColumns) as (keyof BotShare)[]

/** Rows of older versions have no separate link for the user. Then the owner's link is the bot's. */
const ownUrl = (table: string) => `coalesce(${table}.own_url, ${table}.meeting_url)`
/** A subscriber of such a row may not know the passcode, which is in the query. */
const subscribersUrl = (table: string, shares: string) =>
  `coalesce(${shares}.own_url, split_part(${table}.meeting_url, '?', 1))`

/** A select list that makes rows in the shape of `Meeting`. */
export function selectMeeting(table: string): string {
  const of = (field: Field) => (field === 'meetingUrl' ? ownUrl(table) : `${table}.${columns[field].name}`)
  return fields.map((field) => `${of(field)} AS "${field}"`).join(', ')
}

/** The same with a subscriber's share in place of the owner's. The fields are in the same order. */
export function selectSeen(table: string, shares: string): string {
  const of = (field: Field) =>
    field in shareColumns ? shared(table, shares, field as keyof BotShare) : `${table}.${columns[field].name}`
  return fields.map((field) => `${of(field)} AS "${field}"`).join(', ')
}

/** A select list that makes rows in the shape of `Subscriber`, from a meeting's row and its share. */
export function selectSubscriber(table: string, shares: string): string {
  return shareFields.map((field) => `${shared(table, shares, field)} AS "${field}"`).join(', ')
}

const shared = (table: string, shares: string, field: keyof BotShare): string =>
  field === 'meetingUrl' ? subscribersUrl(table, shares) : `${shares}.${shareColumns[field].name}`

/**
 * Whether a bot's recording is kept from a latecomer, where it is kept from latecomers: `hidesRecording` of core in SQL. Never
 * null. The tests of the stores compare the two.
 * @param share the row with the share: a subscriber's, or the meeting's own for its owner
 */
export const isHiddenFrom = (share: string, meetings = 'meetings'): string => `(${share}.shared_since IS NOT NULL
  AND (${share}.shared_late OR coalesce(${share}.shared_since > ${meetings}.recording_started_at, false)))`

/** What `selectMeeting` and `selectSeen` return. */
export const meetingTypes = typesOf(columns)
/** The meeting of a row that holds more. To take the other columns away from it takes V8 three times as long. */
export function meetingIn(row: Meeting): Meeting {
  const meeting: Partial<Record<Field, unknown>> = {}
  for (const field of fields) meeting[field] = row[field]
  return meeting as Meeting
}
/** What `selectSubscriber` returns. */
export const subscriberTypes = typesOf<Subscriber>(shareColumns)

/** Turns a subscriber from JSON into what columns would give. */
export const withShareTimes = timesRevived<Subscriber>(shareColumns)

export type Placeholders = { readonly [name: string]: string }
const placeholderIn =
  (p: Placeholders, set: string) =>
  (column: string): string =>
    p[`${set}.${column}`] as string

/** For writing shares. The id of the meeting comes first. */
export const subscriberRows = (p: Placeholders) => ({
  ...rowSet([uuid('meeting_id'), ...shareFields.map((field) => shareColumns[field])], placeholderIn(p, 'share')),
  updates: shareFields.map((field) => `${shareColumns[field].name} = excluded.${shareColumns[field].name}`).join(', '),
})
/** The values of subscribers, one array for each column. */
export function subscriberValues(shares: { meetingId: string; subscriber: Subscriber }[]): Arrays {
  const arrays: Arrays = { 'share.meeting_id': shares.map(({ meetingId }) => meetingId) }
  for (const field of shareFields) {
    const column = shareColumns[field]
    arrays[`share.${column.name}`] = shares.map(({ subscriber }) => toColumn(column, subscriber[field]))
  }
  return arrays
}

/** Turns a meeting from JSON into what columns would give. */
export const meetingFromJson = timesRevived(columns)

/** For reading these fields of many meetings from parameters. */
export const rowsOf = (of: Field[], p: Placeholders) =>
  rowSet(
    of.map((field) => columns[field]),
    placeholderIn(p, 'meeting'),
  )

/** The values for `rowsOf`. */
export function arraysOf(of: Field[], meetings: Meeting[]): Arrays {
  const arrays: Arrays = {}
  for (const field of of) {
    const column = columns[field]
    arrays[`meeting.${column.name}`] = meetings.map((meeting) => toColumn(column, meeting[field]))
  }
  return arrays
}
