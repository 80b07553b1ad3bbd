import { isPlainAddress, readAddress, readAddressField } from '../people/read-address.ts'
import type { Attendee, Organizer, ResponseStatus } from '../vendor/calendar-event.ts'

/**
 * If a person is listed twice, the strongest answer counts: yes anywhere means that they come, and any answer beats
 * none.
 */
const strength: Record<ResponseStatus, number> = { needsAction: 0, declined: 1, tentative: 2, accepted: 3 }

const strongest = (a: ResponseStatus, b: ResponseStatus): ResponseStatus => (strength[b] > strength[a] ? b : a)

/**
 * Attendees with one entry a person, and their addresses in the form in which they are compared. Whoever is listed
 * without an address that tells who it is has none then, and the text that stood there for a name. Read again they stay
 * as they are.
 */
export function readAttendees(told: readonly Attendee[]): readonly Attendee[] {
  if (isRead(told)) return told
  const byKey = new Map<string, Attendee>()
  for (const attendee of told.flatMap(peopleIn)) {
    const { email, name } = attendee
    const key = email ?? (name ? `name ${name}` : `nameless ${byKey.size}`)
    const before = byKey.get(key)
    byKey.set(key, before ? merge(before, attendee) : attendee)
  }
  return [...byKey.values()]
}

/** Whether nothing is to be done, as with all that was stored since addresses are read when they come. */
function isRead(attendees: readonly Attendee[]): boolean {
  for (let i = 0; i < attendees.length; i++) {
    const { email } = attendees[i] as Attendee
    if (email === null || !isPlainAddress(email)) return false
    for (let j = 0; j < i; j++) if (attendees[j]?.email === email) return false
  }
  return true
}

function peopleIn(attendee: Attendee): Attendee[] {
  if (attendee.email === null) return [attendee]
  const { people, unknown } = readAddressField(attendee.email)
  const known = people.map(({ email, name }) => ({
    ...attendee,
    email,
    name: people.length > 1 ? name : (attendee.name ?? name),
  }))
  // What stood there tells people more than nothing does.
  const name = attendee.name ?? (attendee.email.trim() || null)
  const others = Array.from({ length: unknown }, () => ({ ...attendee, email: null, name }))
  return [...known, ...others]
}

function merge(a: Attendee, b: Attendee): Attendee {
  const responseStatus = strongest(a.responseStatus, b.responseStatus)
  return { ...a, name: a.name ?? b.name, responseStatus, organizer: a.organizer || b.organizer, self: a.self || b.self }
}

/**
 * The organiser, with an address in the form in which they are compared, or none where it does not tell who it is.
 * @param email as it was told; null when nothing was
 */
export function readOrganizer(email: string | null, name: string | null): Organizer | null {
  if (email === null) return name === null ? null : { email: null, name }
  const address = readAddress(email) ?? readAddressField(email).people[0]?.email ?? null
  return { email: address, name: name ?? (address === null ? email.trim() || null : null) }
}

/**
 * The calendar owner's own entry: the one with the address of the calendar's account; without one, that which the
 * calendar calls the owner's, or one with another address of the owner's. Where the calendar calls somebody else the
 * owner beside an entry with the account's address, the address is right.
 * @param attendees as `readAttendees` leaves them
 * @param isOwner whether this is another address of the owner's
 */
export function ownEntry(
  attendees: readonly Attendee[],
  accountEmail: string,
  isOwner: (email: string) => boolean = () => false,
): Attendee | null {
  const ofAccount = attendees.find(({ email }) => email === accountEmail)
  if (ofAccount) return ofAccount
  const flagged = attendees.filter(({ self }) => self)
  const own = flagged.length > 0 ? flagged : attendees.filter(({ email }) => email !== null && isOwner(email))
  return own.reduce<Attendee | null>((best, entry) => (best ? merge(best, entry) : entry), null)
}
