import { isPlainAddress, readAddress, readAddressField } from '../people/read-address.ts'
import type { Attendee, Organizer, ResponseStatus } from '../vendor/calendar-event.ts'

/**
 * The strength of answers. If a person is listed twice, the strongest counts: one yes means yes, and any answer beats
 * none.
 */
const strength: Record<ResponseStatus, number> = { needsAction: 0, declined: 1, tentative: 2, accepted: 3 }

const strongest = (a: ResponseStatus, b: ResponseStatus): ResponseStatus => (strength[b] > strength[a] ? b : a)

/**
 * Attendees with one entry for each person, and addresses in the form in which addresses are compared. An entry whose
 * address does not tell who it is gets the address null, and the text as its name. Read again, the result does not
 * change.
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

/** Whether the attendees need no reading, like all that were stored since addresses are read on arrival. */
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
  // The text tells people more than nothing.
  const name = attendee.name ?? (attendee.email.trim() || null)
  const others = Array.from({ length: unknown }, () => ({ ...attendee, email: null, name }))
  return [...known, ...others]
}

function merge(a: Attendee, b: Attendee): Attendee {
  const responseStatus = strongest(a.responseStatus, b.responseStatus)
  return { ...a, name: a.name ?? b.name, responseStatus, organizer: a.organizer || b.organizer, self: a.self || b.self }
}

/**
 * The organiser, with the address in the form in which addresses are compared; null when the address does not tell who
 * it is.
 * @param email as the calendar told it; null when it told nothing
 */
export function readOrganizer(email: string | null, name: string | null): Organizer | null {
  if (email === null) return name === null ? null : { email: null, name }
  const address = readAddress(email) ?? readAddressField(email).people[0]?.email ?? null
  return { email: address, name: name ?? (address === null ? email.trim() || null : null) }
}

/**
 * The entry of the calendar's owner. It is the entry with the address of the calendar's account. Without one, it is the
 * entry that the calendar marks as the owner's, or one with another address of the owner's. If the calendar marks
 * somebody else and there is an entry with the account's address, the address is right.
 * @param attendees from `readAttendees`
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
