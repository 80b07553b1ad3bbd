import { hasDomain } from '../people/addresses.ts'
import type { CalendarEvent } from '../vendor/calendar-event.ts'
import { wholeDays } from '../vendor/event-times.ts'
import type { Reason } from './decision.ts'
import { findKeyword, type SearchableTitle, searchableTitle } from './keywords.ts'
import { type Participants, participantsOf } from './participants.ts'
import { isInternal, type PreparedCriteria, type PreparedRules } from './prepared-rules.ts'

/** An event that is checked against the rules, and what was found so far. */
type Case = {
  event: CalendarEvent
  prepared: PreparedRules
  people: Participants
  /** Filled when the first keyword is looked for. */
  title: SearchableTitle | null
  reasons: Reason[]
  unknown: string[]
}

/**
 * Everything that the rules say against an event, in order of precedence; empty when they want it recorded.
 *
 * The calendar may not tell everybody who takes part. Then a rule still decides if the known people are enough: one
 * guest from outside makes a meeting external, whoever else comes. A rule that cannot decide gives `details_unknown`,
 * and the event is not recorded, which is the safe side.
 */
export function reasonsAgainst(event: CalendarEvent, prepared: PreparedRules): Reason[] {
  const people = participantsOf(event, prepared.isOwner)
  const the: Case = { event, prepared, people, title: null, reasons: [], unknown: [] }
  if (!prepared.rules.enabled) the.reasons.push({ code: 'rules_off', rule: 'enabled' })
  checkExclusions(the)
  checkAttendance(the)
  checkCompany(the)
  checkSizes(the)
  checkInclusion(the)
  if (the.unknown.length > 0)
    the.reasons.push({ code: 'details_unknown', detail: [...new Set(the.unknown)].join(', ') })
  return the.reasons
}

/** The reason for a pause. It comes before those of the other rules. */
export function reasonToPause({ startTime }: CalendarEvent, { rules, pausedUntilMs }: PreparedRules): Reason[] {
  const isPaused = startTime.getTime() < pausedUntilMs
  return isPaused ? [{ code: 'paused', rule: 'pausedUntil', detail: rules.pausedUntil as string }] : []
}

type Match = { kind: 'keyword' | 'person' | 'domain'; detail: string }
const fields = { keyword: 'keywords', person: 'people', domain: 'domains' } as const

/** The first match of each kind. */
function matches(the: Case, { keywords, people: wanted, domains, isEmpty }: PreparedCriteria): Match[] {
  if (isEmpty) return []
  const { others } = the.people
  const found: Match[] = []
  if (keywords.length > 0) the.title ??= searchableTitle(the.event.title)
  const keyword = the.title && findKeyword(keywords, the.title)
  if (keyword) found.push({ kind: 'keyword', detail: keyword.text })
  const person = wanted.size > 0 && others.find(({ email }) => wanted.has(email))
  if (person) found.push({ kind: 'person', detail: person.email })
  const domain = others.find((other) => hasDomain(domains, other.domain))?.domain
  if (domain !== undefined) found.push({ kind: 'domain', detail: domain })
  return found
}

/** Whether the addresses of all participants are known. */
const isKnown = ({ isComplete, unknown }: Participants): boolean => isComplete && unknown === 0

const asksForPeople = ({ people, domains }: PreparedCriteria): boolean =>
  people.size + domains.exact.size + domains.parents.size > 0

function checkExclusions(the: Case): void {
  const { exclude } = the.prepared
  const found = matches(the, exclude)
  for (const { kind, detail } of found) {
    the.reasons.push({ code: `excluded_${kind}`, rule: `exclude.${fields[kind]}`, detail })
  }
  const isOpen = !isKnown(the.people) && found.every(({ kind }) => kind === 'keyword')
  if (isOpen && asksForPeople(exclude)) the.unknown.push('exclude')
}

function checkInclusion(the: Case): void {
  const { include } = the.prepared
  if (include.isEmpty || matches(the, include).length > 0) return
  if (!isKnown(the.people) && asksForPeople(include)) the.unknown.push('include')
  else the.reasons.push({ code: 'not_included', rule: 'include' })
}

const minutesOfDay = 24 * 60

/** Checks what the owner has to do with the event. */
function checkAttendance({ event, prepared, people, reasons, unknown }: Case): void {
  const { includeAllDay, onlyAccepted, role } = prepared.rules
  if (people.self?.responseStatus === 'declined') reasons.push({ code: 'declined' })
  if (!includeAllDay) {
    if (event.isAllDay) reasons.push({ code: 'all_day', rule: 'includeAllDay' })
    else if (event.detailsReadAt === null && wholeDays(event) > 0) {
      unknown.push('includeAllDay')
    }
  }
  // Organisers give no answer to their own event, and nobody asks for one when there are no guests.
  const isOrganizer = people.organizer === 'owner'
  const isOwn = isOrganizer || (isKnown(people) && people.others.length === 0)
  if (onlyAccepted && !isOwn && people.self?.responseStatus !== 'accepted') {
    // One of the people without an address may be the owner.
    if (people.self || isKnown(people)) reasons.push({ code: 'not_accepted', rule: 'onlyAccepted' })
    else unknown.push('onlyAccepted')
  }
  if (role === 'any') return
  if (event.detailsReadAt === null || people.organizer === 'unknown') unknown.push('role')
  else if (role === 'organizer' && !isOrganizer) reasons.push({ code: 'not_organizer', rule: 'role' })
  else if (role === 'guest' && isOrganizer) reasons.push({ code: 'not_guest', rule: 'role' })
}

/** Checks whether the meeting is internal or external. */
function checkCompany({ event, prepared, people, reasons, unknown }: Case): void {
  const { record } = prepared.rules
  if (record === 'all') return
  const outsider = people.others.find(({ domain }) => !isInternal(prepared, event, domain))
  if (outsider) {
    if (record === 'internal') reasons.push({ code: 'not_internal', rule: 'record', detail: outsider.email })
  } else if (!isKnown(people)) unknown.push('record')
  else if (record === 'external') reasons.push({ code: 'not_external', rule: 'record' })
}

function checkSizes({ event, prepared, people, reasons, unknown }: Case): void {
  const { participants, durationMinutes } = prepared.rules
  const count = people.others.length + people.unknown + 1
  if (participants.min !== null && count < participants.min) {
    if (!people.isComplete) unknown.push('participants.min')
    else reasons.push({ code: 'too_few_participants', rule: 'participants.min', detail: `${count}` })
  }
  if (participants.max !== null) {
    if (count > participants.max) {
      reasons.push({ code: 'too_many_participants', rule: 'participants.max', detail: `${count}` })
    } else if (!people.isComplete) unknown.push('participants.max')
  }
  const minutes = durationInMinutes(event)
  const detail = `${Math.round(minutes)} min`
  const { min, max } = durationMinutes
  if (min !== null && minutes < min) reasons.push({ code: 'too_short', rule: 'durationMinutes.min', detail })
  if (max !== null && minutes > max) reasons.push({ code: 'too_long', rule: 'durationMinutes.max', detail })
}

/** The length in minutes. A whole day counts 24 hours, even when clocks change on it. */
function durationInMinutes(event: CalendarEvent): number {
  const days = event.isAllDay ? wholeDays(event) : 0
  return days > 0 ? days * minutesOfDay : Math.max(0, event.endTime.getTime() - event.startTime.getTime()) / 60_000
}
