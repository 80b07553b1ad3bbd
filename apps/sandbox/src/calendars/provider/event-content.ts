export const responses = ['accepted', 'declined', 'tentative', 'needsAction'] as const
export type Response = (typeof responses)[number]

export const eventStatuses = ['confirmed', 'tentative', 'cancelled'] as const
export type EventStatus = (typeof eventStatuses)[number]

export type Attendee = {
  readonly email: string
  readonly name: string | null
  readonly response: Response
  readonly organizer?: boolean
  readonly self?: boolean
}

/** The content of an event, without its time. It is never changed in place, so copies cost nothing. */
export type EventContent = {
  readonly title: string
  readonly description: string | null
  readonly location: string | null
  /** IANA name. */
  readonly timezone: string | null
  readonly isAllDay: boolean
  readonly meetingUrl: string | null
  readonly organizer: { readonly email: string; readonly name: string | null } | null
  readonly attendees: readonly Attendee[] | null
  readonly status: EventStatus
}

/** The status as the vendor sees it: an event that its owner declined is cancelled (Meeting BaaS docs, calendars). */
export function vendorStatus({ status, attendees }: EventContent): EventStatus {
  const declined = attendees?.some(({ self, response }) => self && response === 'declined')
  return declined ? 'cancelled' : status
}

/** The content after the owner of the calendar answered. An owner who was not invited becomes a guest. */
export function answered(content: EventContent, owner: string, response: Response): EventContent {
  const attendees = content.attendees ?? []
  if (!attendees.some(({ self }) => self)) {
    return { ...content, attendees: [...attendees, { email: owner, name: null, response, self: true }] }
  }
  return { ...content, attendees: attendees.map((one) => (one.self ? { ...one, response } : one)) }
}
