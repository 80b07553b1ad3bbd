import type { CalendarProvider } from './calendar-providers.ts'
import type { Platform } from './platform.ts'

export const eventStatuses = ['confirmed', 'tentative', 'cancelled'] as const
export type EventStatus = (typeof eventStatuses)[number]

export const responseStatuses = ['accepted', 'declined', 'tentative', 'needsAction'] as const
export type ResponseStatus = (typeof responseStatuses)[number]

export type Attendee = {
  /** In the form in which addresses are compared; null where the calendar does not tell an address. */
  email: string | null
  /** Without an address and a name: what the calendar tells instead, such as the name of a list. */
  name: string | null
  responseStatus: ResponseStatus
  organizer: boolean
  /** True for the owner of the calendar. */
  self: boolean
}

export type Organizer = Pick<Attendee, 'email' | 'name'>

/** An event as the vendor lists it. Declined by the calendar's owner it is `cancelled`. */
export type ListedEvent = {
  /** The vendor's id of this occurrence. */
  id: string
  /** Always set; a one-off event is a series of one. */
  seriesId: string
  isRecurring: boolean
  /** True for an occurrence that differs from its series. */
  isException: boolean
  title: string
  startTime: Date
  endTime: Date
  status: EventStatus
  /** The vendor's own field: of the conference, or found in the event's text. */
  meetingUrl: string | null
  /** As the vendor reads the link. */
  platform: Platform | null
  botScheduled: boolean
  createdAt: Date
}

/** What only a read of the single event tells. */
export type EventDetails = ListedEvent & {
  description: string | null
  location: string | null
  /** IANA name. */
  timezone: string | null
  isAllDay: boolean
  organizer: Organizer | null
  /** Null: the calendar platform does not tell. */
  attendees: Attendee[] | null
  /** When the vendor last changed it. */
  updatedAt: Date
}

/**
 * An event of a connected calendar as we keep it. `meetingUrl` is the canonical link of the meeting, wherever in the event it
 * stands, and `platform` its; of an event that bots cannot join, what the vendor told.
 */
export type CalendarEvent = Omit<EventDetails, 'updatedAt' | 'createdAt'> & {
  integrationId: string
  userId: string
  provider: CalendarProvider
  /** The vendor's id of the calendar. */
  calendarId: string
  /** E-mail of the calendar's account, in the form in which addresses are compared. */
  accountEmail: string
  /** Whether the calendar's owner organises the event. */
  isOrganizer: boolean
  /** The meeting's identity, whatever the spelling of its link; null without a link that bots can join. */
  joinKey: string | null
  /** When the vendor was seen to have the event no more. Its status is then `cancelled`. */
  removedAt: Date | null
  /** When attendees, organiser and the like were read; null when only the list is known. */
  detailsReadAt: Date | null
  createdAt: Date
  updatedAt: Date
}

/** What is compared to find out whether an event changed. */
export type KnownEvent = {
  id: string
  fingerprint: string
  status: EventStatus
  /** When the vendor had last changed it, by its details; null while these are not known. */
  vendorUpdatedAt: Date | null
  /** When our copy was last written, changed or not. */
  writtenAt: Date
  /** As it was last read, perhaps from details. */
  meetingUrl: string | null
  joinKey: string | null
}
