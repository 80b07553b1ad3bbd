import type { DeletionScope } from '@seer/core/meetings/deletion/data-deletion'
import type { Meeting } from '@seer/core/meetings/meeting'
import { newMeeting } from '@seer/core/meetings/new-meeting'
import { recordingPath } from '@seer/core/meetings/views/recording-path'
import type { Arrays, RowSet } from '../columns.ts'
import { arraysOf, columnOf, type Field, fields, type Placeholders, rowsOf } from './meeting-row.ts'

/** Fields that never change after the claim, and fields that the writing statement sets itself. */
const unwrittenFields: Field[] = ['id', 'createdAt', 'version', 'updatedAt']
const changingFields = fields.filter((field) => !unwrittenFields.includes(field))

/** The fields that an order sets. A new meeting has the table's defaults in the others. */
const orderFields: Field[] = [
  'id',
  'userId',
  'meetingUrl',
  'extra',
  'meetingBaasCalendarId',
  'calendarEventId',
  'calendarProvider',
  'eventStartsAt',
  'eventEndsAt',
  'joinUrl',
  'platform',
  'joinKey',
  'botName',
  'botConfig',
  'joinAt',
  'lastSeq',
  'writeDueAt',
  'dueAt',
  'createdAt',
  'updatedAt',
]
const laterFields = fields.filter((field) => !orderFields.includes(field))
/** Only the fields that no order sets are read from it. */
const emptyOrder = newMeeting({
  ...{ id: '', userId: '', botName: '', extra: null, joinAt: null, createdAt: new Date(0), writeDueAt: null },
  botConfig: {
    ...{ recordingMode: 'speaker_view', speechToText: false, entryMessage: null, botImage: null },
    automaticLeave: { waitingRoomTimeout: 0, nooneJoinedTimeout: 0, silenceTimeout: 0 },
  },
  link: { platform: 'zoom', url: '', joinKey: '' },
})

/** Whether a meeting is as it was ordered: nothing has happened to it yet. */
export function isOrder(meeting: Meeting): boolean {
  return laterFields.every((field) => meeting[field] === emptyOrder[field])
}

/** For inserting meetings: `INSERT INTO meetings (columns) SELECT * FROM source`. */
export type InsertedRows = { rows: (p: Placeholders) => RowSet; values: (meetings: Meeting[]) => Arrays }
const insertedRows = (of: Field[]): InsertedRows => ({
  rows: (p) => rowsOf(of, p),
  values: (meetings) => arraysOf(of, meetings),
})
/** Inserts orders: a third of the columns, and each array is a scan of its own in the database. */
export const orderRows = insertedRows(orderFields)
/** Inserts meetings in whatever state. */
export const wholeRows = insertedRows(fields)

/** The fields that nearly all changes are about: status webhooks change them. */
const runFields: Field[] = [
  'state',
  'vendorStatus',
  'vendorStatusAt',
  'vendorStatusKnownAt',
  'run',
  'joinedAt',
  'recordingStartedAt',
  'exitedAt',
  'lastSeq',
  'writeDueAt',
  'lookDueAt',
  'dueAt',
]

/** For writing some fields of meetings: `UPDATE meetings SET … FROM source AS changed (columns)`. */
export type WrittenRows = {
  rows: (p: Placeholders) => RowSet
  set: string
  values: (meetings: Meeting[]) => Arrays
}

function writtenRows(of: Field[], further: string[] = []): WrittenRows {
  const all: Field[] = ['id', 'version', ...of]
  return {
    rows: (p) => rowsOf(all, p),
    set: [...of.map((field) => `${columnOf(field)} = changed.${columnOf(field)}`), ...further].join(', '),
    values: (meetings) => arraysOf(all, meetings),
  }
}

/** Writes only the state of runs: a third of the columns. The database need not read and compare the others. */
export const runRows = writtenRows(runFields)
/**
 * Writes everything that can change. `recording_url` is the integration guide's column, for programs that read the
 * table: the path of Seer's own link (core/meetings/views/recording-path.ts). `delivery_grade` and the last three are there
 * for indexes.
 */
export const changedRows = writtenRows(changingFields, [
  `recording_url = CASE WHEN changed.artifacts->>'video' IS NOT NULL THEN ${pathOf('video')}
    WHEN changed.artifacts->>'audio' IS NOT NULL THEN ${pathOf('audio')} END`,
  `delivery_grade = changed.delivery->>'grade'`,
  `media_deleted = ${isDeleted('media')}`,
  `transcripts_deleted = ${isDeleted('transcripts')}`,
  `everything_deleted = ${isDeleted('everything')}`,
])

function isDeleted(scope: DeletionScope): string {
  return `coalesce(changed.data_deletion->'scopes' ?| ARRAY['${scope}', 'everything'], false)`
}

function pathOf(kind: 'video' | 'audio'): string {
  const [before, after] = recordingPath('\0', kind).split('\0')
  return `'${before}' || changed.id || '${after}'`
}

const otherFields = changingFields.filter((field) => !runFields.includes(field))

/** Whether a change is only about the run. An equal but not identical value counts as changed, which costs little. */
export function isRunOnly(before: Meeting, next: Meeting): boolean {
  return otherFields.every((field) => before[field] === next[field])
}
