import { setTimeout as delay } from 'node:timers/promises'
import type { Stack } from '../local/stack.ts'
import { type Api, openApi } from './api.ts'
import { openProvider, type Provider } from './provider.ts'

const owner = 'ada@example.test'
const attendees = [{ email: owner, response: 'accepted' }, { email: 'grace@example.test' }]
const review = { title: 'Design review', meetingUrl: 'https://meet.google.com/abc-defg-hij', attendees }
const interview = { title: 'Interview with Grace', meetingUrl: 'https://meet.google.com/klm-nopq-rst', attendees }
/** Records everything except interviews. */
const rules = { enabled: true, exclude: { keywords: ['interview'] } }
const pollMs = 100
const hourMs = 3_600_000

type Integration = { id: string; calendarId: string | null; status: string; accountEmail: string }

type CalendarEvent = {
  title: string
  startTime: string
  status: string
  platform: string | null
  attendees: { email: string; responseStatus: string }[] | null
  willRecord: boolean | null
  decision: { winner: string; message: string } | null
  botId: string | null
}

type Bot = { id: string; state: string; joinAt: string | null; meetingBaasId: string | null }

type Scene = { api: Api; provider: Provider }

/**
 * Connects a calendar, sets recording rules, and shows what happens to events that are added, moved and declined at the
 * provider. As soon as the vendor's webhook arrives, Seer decides again, and the bots follow.
 * @throws {Error} when a step fails
 */
export async function demonstrateCalendar(stack: Stack, signal: AbortSignal): Promise<void> {
  if (stack.sandboxUrl === null) throw new Error('The calendar demo needs the sandbox, which is not running.')
  const scene = { api: openApi(stack, signal), provider: openProvider(stack.sandboxUrl, signal) }
  const calendarId = await connect(scene)
  await scene.api.put('/calendar/rules', rules)
  console.log(`Rules: all meetings are recorded except those with "${rules.exclude.keywords}" in the title.\n`)
  await recordEvent(scene, calendarId)
}

async function connect({ api }: Scene): Promise<string> {
  console.log(`\nConnecting the calendar of ${owner}`)
  const order = { provider: 'google', refreshToken: owner, rawCalendarId: 'primary' }
  const { id, calendarId, status, accountEmail } = await api.post<Integration>('/calendar/setup', order)
  if (calendarId === null) throw new Error(`The calendar is "${status}" instead of connected.`)
  console.log(`Connected: ${id} of ${accountEmail} is ${status}`)
  return calendarId
}

async function recordEvent(scene: Scene, calendarId: string): Promise<void> {
  const { api, provider } = scene
  const start = (await provider.now()) + 48 * hourMs
  const later = start + hourMs
  const eventId = await provider.addEvent(calendarId, { ...review, start })
  const { botId } = await showEvent(
    api,
    'added',
    review,
    ({ willRecord, botId: id }) => willRecord === true && id !== null,
  )
  await showBooking(scene, botId as string, start)

  await provider.addEvent(calendarId, { ...interview, start })
  await showEvent(api, 'added', interview, ({ willRecord }) => willRecord === false)

  await provider.change(calendarId, eventId, { start: new Date(later).toISOString() })
  await showEvent(api, 'moved', review, ({ startTime }) => Date.parse(startTime) === later)
  await showBooking(scene, botId as string, later)

  await provider.act(calendarId, eventId, 'decline')
  await showEvent(api, 'declined', review, ({ willRecord }) => willRecord === false)
  await showCancelled(scene, botId as string)
}

/** Waits until the event is as expected, and prints it with the decision. */
async function showEvent(
  api: Api,
  what: string,
  { title }: { title: string },
  isExpected: (event: CalendarEvent) => boolean,
): Promise<CalendarEvent> {
  const event = await until(async () => {
    const events = await api.get<CalendarEvent[]>('/calendar/events?status=all&startDateGte=2000-01-01')
    return events.find((each) => each.title === title && each.decision && isExpected(each))
  })
  console.log(`  ${what.padEnd(9)} ${describe(event)}`)
  show(
    `${event.willRecord ? 'will be recorded' : 'not recorded'}: ${event.decision?.message} (${event.decision?.winner})`,
  )
  return event
}

function describe({ title, startTime, status, platform, attendees: invited }: CalendarEvent): string {
  const people = (invited ?? []).map(({ email, responseStatus }) => `${email} (${responseStatus})`).join(', ')
  return `"${title}" ${minuteOf(startTime)}  ${status}, ${platform}, with ${people}`
}

/** Waits until Seer and the vendor have the bot booked for this time. */
async function showBooking({ api, provider }: Scene, botId: string, start: number): Promise<void> {
  const isThen = (time: string | null | undefined) => Date.parse(time ?? '') === start
  await until(async () => {
    const bot = await api.get<Bot>(`/bots/${botId}`)
    const booking = (await provider.bookings()).find((each) => each.botId === bot.meetingBaasId)
    return bot.state === 'scheduled' && isThen(bot.joinAt) && isThen(booking?.joinAt)
  })
  show(`bot ${botId} is booked for ${minuteOf(new Date(start).toISOString())}`)
}

async function showCancelled({ api, provider }: Scene, botId: string): Promise<void> {
  await until(async () => {
    const bot = await api.get<Bot>(`/bots/${botId}`)
    const booking = (await provider.bookings()).find((each) => each.botId === bot.meetingBaasId)
    return bot.state === 'cancelled' && booking?.status === 'cancelled'
  })
  show(`bot ${botId} is cancelled`)
}

/** Asks until there is an answer. The demo's deadline ends a wait that is too long. */
async function until<T>(ask: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    await delay(pollMs)
  }
}

const show = (line: string) => console.log(`${' '.repeat(12)}${line}`)
const minuteOf = (time: string) => time.slice(0, 16).replace('T', ' ')
