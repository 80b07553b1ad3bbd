import { eventIdOf, type FeedEvent } from '../../log/feed/feed-event.ts'
import { fromStoredSnapshot } from '../../log/feed/stored-snapshot.ts'
import type { LateAccess } from '../sharing/sharing.ts'
import type { BotJson } from './bot-json.ts'
import { hidesRecording } from './bot-view.ts'

/** What the showing of events hangs on. */
export type EventViewOptions = {
  lateAccess: LateAccess
  /** The address of this installation. */
  baseUrl: string
}

/** How a user has a bot, as `tellBot` and the statement that appends wrote it. */
type Share = {
  role: BotJson['role']
  joinUrl: string
  sharedLate: boolean
} & Pick<
  BotJson,
  'meetingUrl' | 'sharedSince' | 'extra' | 'meetingBaasCalendarId' | 'calendarEventId' | 'calendarProvider'
>

/**
 * An event as its reader gets it in the feed, in the stream and in webhooks, as JSON text. The parts that are stored as
 * text are passed through where the reader sees them as they are, which is nearly always.
 */
export function showEvent(event: FeedEvent, options: EventViewOptions): string {
  const { position, type, subject, occurredAt, recordedAt, cause } = event
  const known = JSON.stringify({ id: eventIdOf(subject), position, type, subject, occurredAt, recordedAt, cause })
  const { data, snapshot } = seenParts(event, options)
  return `${known.slice(0, -1)},"data":${data},"snapshot":${snapshot ?? null}}`
}

function seenParts(event: FeedEvent, options: EventViewOptions): Pick<FeedEvent, 'data' | 'snapshot'> {
  const { share, others } = event
  const snapshot = event.snapshot && fromStoredSnapshot(event.snapshot, { baseUrl: options.baseUrl, others })
  if (event.subject.kind !== 'bot') return { data: event.data, snapshot }
  if (share === null) return { data: ownersData(event), snapshot }
  const bot: BotJson | null = snapshot === null ? null : JSON.parse(snapshot)
  const own = shareFrom(share as Share)
  const isHidden = isRecordingHidden(own, bot, options.lateAccess)
  return {
    data: isHidden ? '{}' : JSON.stringify(withOwnLink(withOwnEvent(JSON.parse(event.data), own), own)),
    snapshot: bot && JSON.stringify(seenBot(bot, own, isHidden)),
  }
}

/** The database writes times into JSON in its own way. */
function shareFrom({ sharedSince, ...share }: Share): Share {
  return { ...share, sharedSince: sharedSince === null ? null : new Date(sharedSince).toISOString() }
}

/** Only rarely do the data of an entry name a calendar event, and then it may be another user's. */
function ownersData({ data, snapshot }: FeedEvent): string {
  if (!data.includes('"calendarEventId"')) return data
  const calendarEventId = snapshot === null ? null : JSON.parse(snapshot).calendarEventId
  return JSON.stringify(withOwnEvent(JSON.parse(data), { calendarEventId }))
}

type Data = Record<string, unknown>

function withOwnEvent(data: Data, own: Pick<Share, 'calendarEventId'>): Data {
  const { calendarEventId, ...rest } = data
  return calendarEventId !== undefined && calendarEventId === own.calendarEventId ? data : rest
}

/** What was said may contain the link by which the bot joins, passcode included. */
function withOwnLink<Value>(value: Value, { joinUrl, meetingUrl }: Share): Value {
  return joinUrl === meetingUrl ? value : replaceText(value, joinUrl, meetingUrl)
}

function replaceText<Value>(value: Value, from: string, to: string): Value {
  if (value === null) return value
  const quoted = (text: string) => JSON.stringify(text).slice(1, -1)
  return JSON.parse(JSON.stringify(value).replaceAll(quoted(from), () => quoted(to)))
}

/** A deleted snapshot does not say when the recording began, so whoever came later than the owner sees nothing. */
function isRecordingHidden({ sharedSince, sharedLate }: Share, bot: BotJson | null, lateAccess: LateAccess): boolean {
  const dateOf = (text: string | null | undefined) => (text ? new Date(text) : null)
  const recordingStartedAt = dateOf(bot?.recordingStartedAt)
  const share = { sharedSince: dateOf(sharedSince), sharedLate: sharedLate || bot === null, recordingStartedAt }
  return hidesRecording(share, lateAccess)
}

/** The bot of the snapshot, which is its owner's, as another user sees it. */
function seenBot(owners: BotJson, own: Share, isHidden: boolean): BotJson {
  const { role, meetingUrl, sharedSince, extra, meetingBaasCalendarId, calendarEventId, calendarProvider } = own
  const withoutOwnersLink = (text: string | null) => replaceText(text, owners.meetingUrl, meetingUrl)
  const bot = {
    ...owners,
    ...{ role, meetingUrl, sharedSince, extra, meetingBaasCalendarId, calendarEventId, calendarProvider },
    error: owners.error && { ...owners.error, message: withoutOwnersLink(owners.error.message) },
    waitingFor: withoutOwnersLink(owners.waitingFor),
    hold: owners.hold && { ...owners.hold, reason: role === 'owner' ? owners.hold.reason : null },
  }
  if (!isHidden) return bot
  return { ...bot, recordingHidden: true, recordingUrl: null, participants: null, speakers: null, delivery: null }
}
