import { type DomainSet, domainOf, domainSet, hasDomain } from '../people/addresses.ts'
import { isFreeMail } from '../people/free-mail.ts'
import { normaliseEmail } from '../people/read-address.ts'
import type { CalendarEvent } from '../vendor/calendar-event.ts'
import { type Keyword, readKeywords } from './keywords.ts'
import type { Criteria, RecordingRules } from './rules.ts'

/** Criteria, ready to be matched. */
export type PreparedCriteria = {
  keywords: Keyword[]
  people: ReadonlySet<string>
  domains: DomainSet
  isEmpty: boolean
}

/** Rules, ready to decide many events. */
export type PreparedRules = {
  rules: RecordingRules
  pausedUntilMs: number
  include: PreparedCriteria
  exclude: PreparedCriteria
  /** Whether this is another of the user's addresses. That of the event's own calendar is not looked at here. */
  isOwner: (email: string) => boolean
  internalDomains: DomainSet
}

/**
 * Makes rules ready for `decideRecording`. Called once for all events of a user.
 * @param accountEmails of all calendars that the user has connected; each of them is the user
 */
export function prepareRules(rules: RecordingRules, accountEmails: readonly string[] = []): PreparedRules {
  const own = new Set(accountEmails.map(normaliseEmail))
  return {
    rules,
    pausedUntilMs: rules.pausedUntil === null ? Number.NEGATIVE_INFINITY : Date.parse(rules.pausedUntil),
    include: prepare(rules.include),
    exclude: prepare(rules.exclude),
    isOwner: (email) => own.has(email),
    internalDomains: domainSet(rules.internalDomains.filter((domain) => !isFreeMail(domain))),
  }
}

function prepare({ keywords, people, domains }: Criteria): PreparedCriteria {
  const isEmpty = keywords.length + people.length + domains.length === 0
  return { keywords: readKeywords(keywords), people: new Set(people), domains: domainSet(domains), isEmpty }
}

/** Whether a domain belongs to the company of the calendar's owner. Domains of mail providers belong to no company. */
export function isInternal({ internalDomains }: PreparedRules, { accountEmail }: CalendarEvent, domain: string) {
  if (hasDomain(internalDomains, domain)) return true
  return domain === domainOf(accountEmail) && !isFreeMail(domain)
}
