import type { Booking } from '@seer/core/planning/same-gathering'
import type { Decision } from '@seer/core/rules/decision'
import { RecordingRules } from '@seer/core/rules/rules'
import { type PlanInput, planRecordings } from '@seer/core/testing/planning/plan-recordings'
import type { CalendarEvent } from '@seer/core/vendor/calendar-event'
import { median } from './load.ts'

const events = 100_000
const rounds = 7
const warmUps = 2
const now = new Date('2026-03-02T08:00:00Z')

/** Uses every rule, so that each event costs what it can cost. */
const rules = RecordingRules.parse({
  enabled: true,
  record: 'external',
  onlyAccepted: true,
  participants: { min: 2, max: 50 },
  durationMinutes: { min: 10, max: 240 },
  include: { keywords: ['kunde', '"demo"', 'review', 'Évaluation', 'sync'], domains: ['*.client.test', 'client.test'] },
  exclude: { keywords: ['vertraulich', '"1:1"', 'private'], people: ['ceo@acme.test'], domains: ['law.test'] },
  internalDomains: ['acme.example', '*.acme.test'],
  leadMinutes: 2,
})

/**
 * Measures the pure planner on the events of 1,000 users with full calendars, and on as many events of one user. The
 * one user is planned twice, once with a daily limit below what the rules ask for. Processor time is what one core
 * needs, whatever else the machine does.
 */
export function benchPlanning(): void {
  const users = Array.from({ length: 1_000 }, (_, i) => planFor(`user${i}`, events / 1_000))
  const crowd = [planFor('crowd', events)]
  const limited = crowd.map((plan) => ({ ...plan, capacity: { botsPerDay: 5, taken: [] } }))
  report('1,000 users', users)
  report('1 user', crowd)
  report('1 user, daily limit', limited)
}

function report(name: string, plans: PlanInput[]): void {
  const took: { wall: number; cpu: number }[] = []
  for (let round = 0; round < warmUps + rounds; round++) {
    const [startedAt, cpuAtStart] = [performance.now(), process.cpuUsage()]
    const decided = plans.map(planRecordings)
    const { user, system } = process.cpuUsage(cpuAtStart)
    const wall = (performance.now() - startedAt) / 1_000
    if (round === 0) console.log(`${name}: ${countWinners(decided)}`)
    if (round >= warmUps) took.push({ wall, cpu: (user + system) / 1e6 })
  }
  const [wall, cpu] = [median(took.map((t) => t.wall)), median(took.map((t) => t.cpu))]
  const range = `${Math.min(...took.map((t) => t.wall)).toFixed(2)}-${Math.max(...took.map((t) => t.wall)).toFixed(2)}`
  console.log(
    `  ${events} events: median ${wall.toFixed(2)} s (${range}), processor ${cpu.toFixed(2)} s, ` +
      `${Math.round(events / wall)} events/s   goal under 2 s`,
  )
}

/** Counts the winning reasons, so that a change of the mix is seen. */
function countWinners(decided: Map<string, Decision>[]): string {
  const counts = new Map<string, number>()
  for (const decisions of decided) {
    for (const { winner } of decisions.values()) counts.set(winner, (counts.get(winner) ?? 0) + 1)
  }
  return [...counts].map(([code, count]) => `${code} ${count}`).join(', ')
}

/** Twenty events a working day, of the kinds that calendars are full of. */
function planFor(user: string, count: number): PlanInput {
  const made = Array.from({ length: count }, (_, i) => eventOf(user, i))
  const booked = made.filter((event, i) => i % 10 === 0 && event.joinKey !== null)
  return {
    events: made,
    rules,
    accountEmails: [`${user}@acme.test`, `${user}@gmail.com`],
    overrides: {
      events: new Map(made.filter((_, i) => i % 50 === 0).map(({ id }, i) => [id, i % 2 ? 'record' : 'skip'])),
      series: new Map([[`${user}-series3`, 'record']]),
    },
    bookings: booked.map((event, i) => bookingOf(event, i)),
    capacity: null,
    now,
  }
}

const titles = [
  'Kundentermin',
  'Weekly sync',
  'Lunch',
  '1:1 Zoë / Bo',
  'Produkt-Demo',
  'Évaluation',
  'Planung',
  'Review Q3',
]
const guests = [
  'bo@acme.test',
  'zoe@acme.test',
  'kim@client.test',
  'lee@eu.client.test',
  'ada@law.test',
  'sam@gmail.com',
]

function eventOf(user: string, i: number): CalendarEvent {
  const isCopy = i % 20 === 19
  const nth = isCopy ? i - 1 : i
  const start = +now + Math.floor(nth / 20) * 24 * 3_600_000 + (nth % 20) * 30 * 60_000
  const email = isCopy ? `${user}@gmail.com` : `${user}@acme.test`
  const others = guests.slice(nth % 4, (nth % 4) + 1 + (nth % 3))
  const organizer = nth % 3 === 0 ? email : (others[0] as string)
  const responseStatus = nth % 11 === 0 ? ('declined' as const) : ('accepted' as const)
  const link = nth % 7 === 6 ? null : `meet:${user}-${nth % 5 === 0 ? 'room' : nth}`
  return {
    id: `${user}-${i}`,
    seriesId: `${user}-series${nth % 20}`,
    isRecurring: true,
    isException: false,
    title: titles[nth % titles.length] as string,
    startTime: new Date(start),
    endTime: new Date(start + (nth % 4) * 15 * 60_000 + 15 * 60_000),
    status: nth % 17 === 0 ? 'cancelled' : 'confirmed',
    meetingUrl: link && 'https://meet.google.com/abc-defg-hij',
    platform: 'meet',
    botScheduled: false,
    description: null,
    location: null,
    timezone: 'Europe/Berlin',
    isAllDay: false,
    organizer: { email: organizer, name: null },
    attendees: [
      { email, name: null, responseStatus, organizer: organizer === email, self: true },
      ...others.map((other) => ({
        email: other,
        name: null,
        responseStatus: 'accepted' as const,
        organizer: other === organizer,
        self: false,
      })),
    ],
    integrationId: user,
    userId: user,
    provider: 'google',
    calendarId: user,
    accountEmail: email,
    isOrganizer: organizer === email,
    joinKey: link,
    removedAt: null,
    detailsReadAt: now,
    createdAt: now,
    updatedAt: now,
  }
}

function bookingOf({ id, userId, joinKey, startTime, endTime }: CalendarEvent, i: number): Booking {
  const isOthers = i % 3 === 0
  return {
    meetingId: `meeting-${i}`,
    userId: isOthers ? 'colleague' : userId,
    joinKey: joinKey as string,
    eventId: isOthers ? `other-${i}` : id,
    startsAt: startTime,
    endsAt: endTime,
    joinsAt: startTime,
    hasStarted: false,
    isOver: false,
    isShared: false,
    joinUrl: 'https://meet.google.com/abc-defg-hij',
    uninvited: [],
    failure: null,
  }
}
