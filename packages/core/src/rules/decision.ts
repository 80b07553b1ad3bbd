/**
 * Why an event is recorded or not, with a sentence for people. The order is the order of precedence, and reasons are
 * listed in it. Codes are never renamed, because customers store them. docs/rules.md lists the same codes and
 * sentences; a test keeps the two equal.
 */
export const reasonCodes = {
  // Facts that no rule and no override can change
  removed: 'The event is no longer in the calendar.',
  cancelled: 'The event was cancelled.',
  in_the_past: 'The event is over.',
  no_meeting_url: 'The event has no meeting link.',
  unsupported_platform: 'The link does not lead to Zoom, Google Meet or Microsoft Teams.',
  link_not_joinable: 'The link leads to no meeting that a bot can join.',
  several_meetings: 'The event has links to several meetings, and does not say which one is meant.',
  already_visited: 'A bot was in this meeting and has left it.',
  bot_failed: 'The bot for this meeting failed before it could join.',
  // What others have booked, and what the plan allows
  manual_bot: 'You ordered a bot for this meeting yourself.',
  shared_with_bot: 'Another bot records this meeting for you.',
  daily_cap: 'More bots are due within 24 hours than the plan allows, and other meetings come first.',
  // Overrides
  override_skip: 'You chose not to record this event.',
  override_record: 'You chose to record this event.',
  series_override_skip: 'You chose not to record this series.',
  series_override_record: 'You chose to record this series.',
  // The rules as a whole
  paused: 'Recording is paused until after this event starts.',
  rules_off: 'Recording by rules is switched off.',
  // Exclusions
  excluded_keyword: 'The title has a keyword that you excluded.',
  excluded_person: 'Somebody whom you excluded takes part.',
  excluded_domain: 'Somebody from a domain that you excluded takes part.',
  // Requirements
  declined: 'You declined the event.',
  all_day: 'The event lasts whole days.',
  not_accepted: 'You have not accepted the event.',
  not_organizer: 'You do not organise the event.',
  not_guest: 'You organise the event yourself.',
  not_internal: 'Somebody outside your company takes part.',
  not_external: 'Nobody outside your company takes part.',
  too_few_participants: 'Fewer people take part than your rules ask for.',
  too_many_participants: 'More people take part than your rules allow.',
  too_short: 'The event is shorter than your rules ask for.',
  too_long: 'The event is longer than your rules allow.',
  not_included: 'The event matches none of the keywords, people and domains that you want recorded.',
  details_unknown: 'Your rules need to know who takes part, and the calendar has not said so (yet).',
  // Nothing against it
  rules_match: 'Your rules say that this event is recorded.',
} as const

export type ReasonCode = keyof typeof reasonCodes

const precedence = new Map(Object.keys(reasonCodes).map((code, i) => [code, i]))

export function byPrecedence(a: Reason, b: Reason): number {
  return (precedence.get(a.code) as number) - (precedence.get(b.code) as number)
}

export type Reason = {
  code: ReasonCode
  /** The field of the rules that gives this reason, such as `exclude.domains`. */
  rule?: string
  /** What was found, for people: the keyword, the address or the number. */
  detail?: string
}

/** What decided: a fact of the event, a bot ordered by hand, the plan's limit, an override, or the rules. */
export type DecidedBy = 'event' | 'manual' | 'capacity' | 'override_event' | 'override_series' | 'rules'

/** The bot that records this meeting: a bot that is booked already, or the bot of another event in the same plan. */
export type SharedWith = { meetingId: string } | { eventId: string }

/** Whether an event will be recorded, and why. */
export type Decision = {
  willRecord: boolean
  by: DecidedBy
  /** The reason that decided. */
  winner: ReasonCode
  /** All reasons, in order of precedence. The first is the winner. */
  reasons: Reason[]
  /** Set when the event is recorded by another bot. */
  sharedWith: SharedWith | null
}

export const overrideValues = ['record', 'skip', 'inherit'] as const
export type Override = (typeof overrideValues)[number]
/** What the user wants for one event. The override of the event comes before that of its series. */
export type EventOverride = { event: Override; series: Override }
export const noOverride: EventOverride = { event: 'inherit', series: 'inherit' }

/** Makes a decision from its reasons; the first is the winner. */
export function decided(by: DecidedBy, willRecord: boolean, reasons: Reason[], sharedWith: SharedWith | null = null) {
  return { willRecord, by, winner: (reasons[0] as Reason).code, reasons, sharedWith } satisfies Decision
}
