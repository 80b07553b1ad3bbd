import { domainOf, domainSet, hasDomain } from '../people/addresses.ts'
import { isFreeMail } from '../people/free-mail.ts'
import { normaliseEmail } from '../people/read-address.ts'
import type { BotConfig } from '../vendor/bot-config.ts'
import { fold } from './fold.ts'
import { alwaysContains, readKeywords } from './keywords.ts'
import type { RecordingRules } from './rules.ts'

/** Something in the rules that cannot work. `path` is as in validation errors, such as `exclude.domains.0`. */
export type RuleProblem = { path: string; message: string }

type Context = {
  now: Date
  /** The accounts of all calendars that the user has connected. */
  accountEmails: readonly string[]
  /** What bots do where the rules say nothing. */
  botDefaults: Pick<BotConfig, 'automaticLeave'>
}

/**
 * Finds rules that contradict each other or can match no meeting. Otherwise a user would wait for recordings that never
 * come. The rules have passed the schema already.
 */
export function checkRules(rules: RecordingRules, told: Context): RuleProblem[] {
  const context = { ...told, accountEmails: told.accountEmails.map(normaliseEmail) }
  return [
    ...checkBounds(rules),
    ...checkPause(rules, context),
    ...checkLead(rules, context),
    ...checkInternalDomains(rules),
    ...checkOwnAddresses(rules, context),
    ...checkIncludeAgainstExclude(rules),
    ...checkIncludeAgainstCompany(rules, context),
  ]
}

function checkBounds({ participants, durationMinutes, includeAllDay, ...rules }: RecordingRules): RuleProblem[] {
  const problems: RuleProblem[] = []
  for (const [name, { min, max }] of Object.entries({ participants, durationMinutes })) {
    if (min !== null && max !== null && min > max) {
      problems.push({ path: `${name}.min`, message: `is greater than ${name}.max, so no meeting can match` })
    }
  }
  const crowd = reasonForOthers(rules)
  if (participants.max === 1 && crowd) {
    problems.push({ path: 'participants.max', message: `must be 2 or more: ${crowd}` })
  }
  const minMinutes = durationMinutes.min ?? 0
  if (minMinutes > 24 * 60 && !includeAllDay) {
    problems.push({ path: 'durationMinutes.min', message: 'is more than a day, and includeAllDay is false' })
  }
  return problems
}

/** Why somebody besides the user must take part; null when nobody must. */
function reasonForOthers({ record, role, include }: Pick<RecordingRules, 'record' | 'role' | 'include'>) {
  if (record === 'external') return 'an external meeting has a guest'
  if (role === 'guest') return 'if you are a guest, somebody else organises'
  const asksForPeople = include.people.length + include.domains.length > 0
  return asksForPeople && include.keywords.length === 0 ? 'include asks for other people' : null
}

function checkPause({ pausedUntil }: RecordingRules, { now }: Context): RuleProblem[] {
  if (pausedUntil === null || Date.parse(pausedUntil) > +now) return []
  return [{ path: 'pausedUntil', message: 'is in the past; leave it out to end the pause' }]
}

/** A bot that joins early must not give up before the meeting begins. */
function checkLead({ leadMinutes, bot }: RecordingRules, { botDefaults }: Context): RuleProblem[] {
  const waits = { ...botDefaults.automaticLeave, ...bot.customBotConfig.automaticLeave }
  return (['waitingRoomTimeout', 'nooneJoinedTimeout'] as const)
    .filter((name) => leadMinutes > 0 && waits[name] <= leadMinutes * 60)
    .map((name) => ({
      path: 'leadMinutes',
      message: `lets the bot give up before the start: automaticLeave.${name} is ${waits[name]} seconds`,
    }))
}

function checkInternalDomains({ internalDomains }: RecordingRules): RuleProblem[] {
  return internalDomains.flatMap((domain, i) =>
    isFreeMail(domain.replace(/^\*\./, ''))
      ? [
          {
            path: `internalDomains.${i}`,
            message: `${domain} belongs to a mail provider, where anybody can get an address`,
          },
        ]
      : [],
  )
}

/** Exclusion wins, so an inclusion that is always excluded has no effect. */
function checkIncludeAgainstExclude({ include, exclude }: RecordingRules): RuleProblem[] {
  const message = 'is excluded as well, and exclude wins'
  const excludedWords = readKeywords(exclude.keywords)
  const excludedDomains = domainSet(exclude.domains)
  const excludedPeople = new Set(exclude.people)
  const dead = {
    keywords: include.keywords.map((text) => {
      const [keyword] = readKeywords([text])
      const isListed = exclude.keywords.some((other) => fold(other) === fold(text))
      return isListed || excludedWords.some((word) => keyword !== undefined && alwaysContains(keyword, word))
    }),
    people: include.people.map((person) => excludedPeople.has(person) || hasDomain(excludedDomains, domainOf(person))),
    domains: include.domains.map((domain) => hasDomain(excludedDomains, domain) || exclude.domains.includes(domain)),
  }
  return Object.entries(dead).flatMap(([field, marks]) =>
    marks.flatMap((isDead, i) => (isDead ? [{ path: `include.${field}.${i}`, message }] : [])),
  )
}

/** `people` are people other than the user, so an address of the user's own matches nobody. */
function checkOwnAddresses(rules: RecordingRules, { accountEmails }: Context): RuleProblem[] {
  const message = 'is your own address; only other people are looked at'
  return (['include', 'exclude'] as const).flatMap((list) =>
    rules[list].people.flatMap((person, i) =>
      accountEmails.includes(person) ? [{ path: `${list}.people.${i}`, message }] : [],
    ),
  )
}

/** Internal meetings have no outsiders, so an inclusion that asks for an outsider matches nothing. */
function checkIncludeAgainstCompany(rules: RecordingRules, { accountEmails }: Context): RuleProblem[] {
  if (rules.record !== 'internal') return []
  const names = [...rules.internalDomains, ...accountEmails.map(domainOf)].filter((domain) => !isFreeMail(domain))
  if (names.length === 0 && (rules.participants.min ?? 1) > 1) {
    return [
      { path: 'record', message: 'internal needs internalDomains, because all your calendars are at mail providers' },
    ]
  }
  const ours = domainSet(names)
  const message = 'is not of your company, and record is internal'
  const people = rules.include.people.map((p) => !accountEmails.includes(p) && !hasDomain(ours, domainOf(p)))
  const domains = rules.include.domains.map((d) => !hasDomain(ours, d) && !names.includes(d) && !coversSome(d, names))
  return Object.entries({ people, domains }).flatMap(([field, marks]) =>
    marks.flatMap((isOutside, i) => (isOutside ? [{ path: `include.${field}.${i}`, message }] : [])),
  )
}

/** Whether `*.acme.com` covers one of these domains. */
function coversSome(domain: string, domains: readonly string[]): boolean {
  const set = domainSet([domain])
  return domains.some((one) => hasDomain(set, one))
}
