import type { Random } from '../random.ts'
import type { CalendarSync } from './calendar-sync.ts'
import type { Calendars } from './calendars.ts'
import type { Connection } from './connection.ts'
import type { AccountBook } from './provider/account-book.ts'
import type { EventContent } from './provider/event-content.ts'
import type { CalendarPlatform, RawCalendar } from './provider/provider-account.ts'
import { noOverrides, type Recurrence, type SeriesFacts } from './provider/series.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** How many occurrences of a weekly series are in the 30 days of the window when it starts on the first day. */
const instancesPerSeries = 5

const everyWeek: Recurrence = { frequency: 'weekly', interval: 1, count: null, until: null }

export type SeedPlan = {
  calendars: number
  eventsPerCalendar: number
  /** Share of the events that belong to weekly series. */
  recurringShare: number
  /** Share of the events that have a meeting link. */
  linkShare: number
  platform: CalendarPlatform
  /** E-mails and tokens are `<prefix>-<number>@example.test`. */
  prefix: string
  /** Whether webhooks are sent about it. */
  announce: boolean
}

type Parts = { accounts: AccountBook; calendars: Calendars; random: Random; now: number }

/** Connects many calendars with events over the next 30 days, at the provider and at the vendor. */
export function seedCalendars(parts: Parts, plan: SeedPlan): Connection[] {
  const seeded: Connection[] = []
  for (let number = 1; number <= plan.calendars; number++) {
    const token = `${plan.prefix}-${number}@example.test`
    const calendar = parts.accounts.ofToken(plan.platform, token).calendars[0]
    if (!calendar || parts.calendars.ofCalendar(calendar)) continue
    fill(parts, plan, calendar)
    const credentials = { clientId: 'seed', clientSecret: 'seed', refreshToken: token }
    seeded.push(parts.calendars.connect(calendar, credentials, !plan.announce))
  }
  return seeded
}

function fill({ accounts, random, now }: Parts, plan: SeedPlan, calendar: RawCalendar): void {
  const midnight = Math.ceil(now / dayMs) * dayMs
  const owner = { email: calendar.account.email, name: null }
  const contents = [null, linkOf(plan.platform, random)].map((meetingUrl) => contentOf(meetingUrl, owner))
  const series = Math.floor((plan.eventsPerCalendar * plan.recurringShare) / instancesPerSeries)
  const singles = plan.eventsPerCalendar - series * instancesPerSeries
  for (let number = 0; number < series + singles; number++) {
    const weekly = number < series
    const start = midnight + (weekly ? 0 : Math.floor(random() * 29)) * dayMs + halfHour(random)
    const content = contents[random() < plan.linkShare ? 1 : 0] as EventContent
    const recurrence = weekly ? everyWeek : null
    const common = { content, overrides: noOverrides, goneAs: 'cancelled' as const }
    accounts.addSeries(calendar, { start, durationMs: 30 * minuteMs, recurrence, ...common })
  }
}

/** A half hour between 08:00 and 18:00. */
const halfHour = (random: Random): number => 8 * hourMs + Math.floor(random() * 20) * 30 * minuteMs

function contentOf(meetingUrl: string | null, organizer: EventContent['organizer']): EventContent {
  const title = meetingUrl ? 'Call' : 'Focus time'
  const about = { title, description: null, location: null, timezone: 'UTC', isAllDay: false }
  return { ...about, meetingUrl, organizer, attendees: null, status: 'confirmed' }
}

function linkOf(platform: CalendarPlatform, random: Random): string {
  if (platform === 'microsoft') return `https://teams.microsoft.com/meet/${1e12 + Math.floor(random() * 1e12)}`
  const word = Array.from({ length: 10 }, () => String.fromCharCode(97 + Math.floor(random() * 26))).join('')
  return `https://meet.google.com/${word.slice(0, 3)}-${word.slice(3, 7)}-${word.slice(7)}`
}

/**
 * Moves a share of all events at their providers by half an hour, and lets the vendor see it. Without `announce`, no
 * webhook is sent. Returns how many events changed.
 */
export function touchEvents(
  { calendars, random, sync }: Pick<Parts, 'calendars' | 'random'> & { sync: CalendarSync },
  share: number,
  announce: boolean,
): number {
  let touched = 0
  for (const connection of calendars.list.all()) {
    for (const { source, instances } of [...connection.series.values()]) {
      if (random() >= share) continue
      source.facts = { ...source.facts, start: source.facts.start + 30 * minuteMs } satisfies SeriesFacts
      touched += instances.length
      sync.push(connection, source, !announce)
    }
  }
  return touched
}
