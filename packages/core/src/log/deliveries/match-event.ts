import { isSameJson } from '../../basics/same-json.ts'
import type { Endpoint, EndpointFilter } from '../endpoints/endpoint.ts'
import type { SubjectKind } from '../entry-types.ts'
import { matchesType } from '../feed/type-patterns.ts'

/** An event that has a position, with those who may see it. */
export type PlacedEvent = {
  position: number
  type: string
  subject: { kind: SubjectKind; id: string; seq: number }
  readers: readonly string[]
}

/** What a filter may ask about, as the user of the endpoint has it. */
export type EventFacts = {
  /** The customer's own data of a bot. */
  extra: Record<string, unknown> | null
  /** The id of the integration to whose calendar the subject belongs. */
  calendarId: string | null
}

type Wanting = Pick<Endpoint, 'userId' | 'botId' | 'events' | 'filter' | 'afterPosition'>

/** Whether an endpoint gets an event, as far as that can be told without facts. */
export function wantsEvent(endpoint: Wanting, event: PlacedEvent): boolean {
  const { userId, botId, events, filter } = endpoint
  const { type, readers, subject } = event
  if (botId !== null && (subject.kind !== 'bot' || subject.id !== botId)) return false
  if (userId !== null && !readers.includes(userId)) return false
  if (filter.userIds && !filter.userIds.some((id) => readers.includes(id))) return false
  return events.some((pattern) => matchesType(pattern, { kind: subject.kind, type }))
}

/** Whether `fitsFacts` must be asked, too. */
export function asksForFacts({ filter }: Pick<Endpoint, 'filter'>): boolean {
  return filter.calendarIds !== undefined || filter.extra !== undefined
}

export function fitsFacts({ calendarIds, extra }: EndpointFilter, facts: EventFacts): boolean {
  if (calendarIds && (facts.calendarId === null || !calendarIds.includes(facts.calendarId))) return false
  return extra === undefined || Object.entries(extra).every(([key, value]) => hasEqual(facts.extra, key, value))
}

function hasEqual(extra: EventFacts['extra'], key: string, value: unknown): boolean {
  return extra !== null && Object.hasOwn(extra, key) && isSameJson(extra[key], value)
}
