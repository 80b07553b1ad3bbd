import type { CalendarProvider } from './calendar-providers.ts'
import type { Platform } from './platform.ts'

/** Whether an event takes place, in Google’s words. */
export const eventStatuses = ['confirmed', 'tentative', 'cancelled'] as const
export type EventStatus = (typeof eventStatuses)[number]

/** What somebody answered to an invitation, in Google’s words. */
export const responseStatuses = ['accepted', 'declined', 'tentative', 'needsAction'] as const
export type ResponseStatus = (typeof responseStatuses)[number]

/** Somebody who was invited to an event. */
export type Attendee = {
  /** In the form in which addresses are compared; null when the calendar does not tell the address. */
  email: string | null
  /** An attendee with neither address nor name: what the calendar says instead, such as the name of a list. */
  name: string | null
  responseStatus: ResponseStatus
  organizer: boolean
  /** True for the owner of the calendar. */
  self: boolean
}

export type Organizer = Pick<Attendee, 'email' | 'name'>

/** An event as the vendor lists it. When the owner of the calendar declined it, its status is `cancelled`. */
export type ListedEvent = {
  /** The vendor's id of this occurrence. */
  id: string
  /** Always set: an event that does not repeat is a series of one. */
  seriesId: string
  isRecurring: boolean
  /** True for an occurrence that differs from its series. */
  isException: boolean
  title: string
  startTime: Date
  endTime: Date
  status: EventStatus
  /** The vendor's own field: the link of the conference, or one that the vendor found in the event's text. */
  meetingUrl: string | null
  /** What the vendor takes the link for. */
  platform: Platform | null
  botScheduled: boolean
  createdAt: Date
}

/** The vendor tells these fields only when it is asked for the single event. */
export type EventDetails = ListedEvent & {
  description: string | null
  location: string | null
  /** An IANA name, such as `Europe/Berlin`. */
  timezone: string | null
  isAllDay: boolean
  organizer: Organizer | null
  /** Null when the provider does not tell. */
  attendees: Attendee[] | null
  /** When the vendor last changed the event. */
  updatedAt: Date
}

/**
 * An event of a connected calendar as Seer stores it. `meetingUrl` is the meeting's canonical link, wherever it stands
 * in the event, and `platform` is that link's platform. When no bot can join, both are what the vendor told.
 */
export type CalendarEvent = Omit<EventDetails, 'updatedAt' | 'createdAt'> & {
  integrationId: string
  userId: string
  provider: CalendarProvider
  /** The vendor's id of the calendar. */
  calendarId: string
  /** E-mail address of the calendar's account, in the form in which addresses are compared. */
  accountEmail: string
  /** Whether the calendar's owner organises the event. */
  isOrganizer: boolean
  /** Identifies the meeting however its link is spelled; null without a link that bots can join. */
  joinKey: string | null
  /** When Seer saw that the vendor no longer has the event. The status is then `cancelled`. */
  removedAt: Date | null
  /** When Seer read attendees, organiser and the other details; null when it knows only the list. */
  detailsReadAt: Date | null
  createdAt: Date
  updatedAt: Date
}

/** What a sync compares to find out whether an event changed. */
export type KnownEvent = {
  id: string
  fingerprint: string
  status: EventStatus
  /** When the vendor last changed the event, by its details; null while Seer has not read them. */
  vendorUpdatedAt: Date | null
  /** When Seer last wrote its copy, changed or not. */
  writtenAt: Date
  /** As Seer last read it, from the details if it had them. */
  meetingUrl: string | null
  joinKey: string | null
}
