import { setTimeout as delay } from 'node:timers/promises'
import type { Stack } from '../local/stack.ts'
import { type Api, openApi } from './api.ts'

const owner = 'ada@example.test'
const pollMs = 100
const hourMs = 3_600_000

type Integration = { id: string; calendarId: string | null; status: string; accountEmail: string }

type CalendarEvent = {
  title: string
  startTime: string
  status: string
  platform: string | null
  attendees: { email: string; responseStatus: string }[] | null
}

/**
 * Connects a calendar and shows how its events are followed: one is added, moved, and declined at the provider, and each
 * change is here as soon as the vendor's webhook is. @throws {Error} at the first step that fails.
 */
export async function demonstrateCalendar(stack: Stack, signal: AbortSignal): Promise<void> {
  if (stack.sandboxUrl === null) throw new Error('The calendar demo plays in the sandbox, and there is none.')
  const api = openApi(stack, signal)
  const provider = openProvider(stack.sandboxUrl, signal)
  console.log(`\nConnecting the calendar of ${owner}`)
  const order = { provider: 'google', refreshToken: owner, rawCalendarId: 'primary' }
  const { id, calendarId, status, accountEmail } = await api.post<Integration>('/calendar/setup', order)
  console.log(`Connected: ${id} of ${accountEmail} is ${status}\n`)

  const start = (await provider.now()) + 48 * hourMs
  const eventId = await provider.addEvent(calendarId ?? '', start)
  await show(api, 'added', ({ title }) => title === 'Design review')
  await provider.change(calendarId ?? '', eventId, { start: new Date(start + hourMs).toISOString() })
  await show(api, 'moved', ({ startTime }) => Date.parse(startTime) === start + hourMs)
  await provider.act(calendarId ?? '', eventId, 'decline')
  await show(api, 'declined', (event) => event.status === 'cancelled')
}

/** Waits until the event is as expected, and prints it. */
async function show(api: Api, what: string, isExpected: (event: CalendarEvent) => boolean): Promise<void> {
  for (;;) {
    const events = await api.get<CalendarEvent[]>('/calendar/events?status=all&startDateGte=2000-01-01')
    const event = events.find(isExpected)
    if (event) return console.log(`  ${what.padEnd(9)} ${describe(event)}`)
    await delay(pollMs)
  }
}

function describe({ title, startTime, status, platform, attendees }: CalendarEvent): string {
  const people = (attendees ?? []).map(({ email, responseStatus }) => `${email} (${responseStatus})`).join(', ')
  return `"${title}" ${startTime.slice(0, 16).replace('T', ' ')}  ${status}, ${platform}, with ${people}`
}

/** What happens in the calendar at Google, told to the sandbox. */
function openProvider(sandboxUrl: string, signal: AbortSignal) {
  async function call<T>(method: string, path: string, body?: object): Promise<T> {
    const headers: Record<string, string> = body ? { 'content-type': 'application/json' } : {}
    const init = { method, headers, signal, ...(body ? { body: JSON.stringify(body) } : {}) }
    const answer = await fetch(`${sandboxUrl}/sandbox${path}`, init)
    if (!answer.ok) throw new Error(`The sandbox answered ${answer.status}: ${await answer.text()}`)
    return (await answer.json()) as T
  }
  const eventPath = (calendarId: string, eventId: string) => `/calendars/${calendarId}/events/${eventId}`
  return {
    now: async () => Date.parse((await call<{ now: string }>('GET', '/clock')).now),
    addEvent: async (calendarId: string, start: number) => {
      const attendees = [{ email: owner, response: 'accepted' }, { email: 'grace@example.test' }]
      const event = { title: 'Design review', start: new Date(start).toISOString(), minutes: 45, attendees }
      const meetingUrl = 'https://meet.google.com/abc-defg-hij'
      const { sourceId } = await call<{ sourceId: string }>('POST', `/calendars/${calendarId}/events`, {
        ...event,
        meetingUrl,
      })
      return sourceId
    },
    change: (calendarId: string, eventId: string, body: object) => call('PATCH', eventPath(calendarId, eventId), body),
    act: (calendarId: string, eventId: string, action: string) =>
      call('POST', `${eventPath(calendarId, eventId)}/${action}`, {}),
  }
}
