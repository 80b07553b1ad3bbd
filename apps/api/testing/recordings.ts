import type { EventDetails } from '@seer/core/vendor/calendar-event'
import { newId } from '@seer/infra/ids'
import { type CalendarUser, openCalendarUser, syncNow } from './calendar-user.ts'
import { calendarUrl, type TestApi } from './test-api.ts'

/** A user with a connected calendar, who has events in it and rules for them. */
export async function openRecordingUser(api: TestApi, name = 'user') {
  const user: CalendarUser = await openCalendarUser(api, name)
  const calendar = await user.connect()
  const rulesUrl = `${calendarUrl}/rules`
  const eventUrl = (eventId: string, rest = '') => `${calendarUrl}/events/${eventId}${rest}`
  return {
    ...user,
    calendar,
    eventUrl,
    /** Puts an event into the calendar, by default one hour from now with a link of its own; @returns its id. */
    async put(event: Partial<EventDetails> = {}, into: { id: string; calendarId: string } = calendar): Promise<string> {
      const meetingUrl = `https://zoom.us/j/${9e10 + Math.floor(Math.random() * 9e9)}`
      const { id } = api.calendarVendor.putEvent(into.calendarId, {
        id: newId(),
        meetingUrl,
        platform: 'zoom',
        ...event,
      })
      await syncNow(api, into.id)
      return id
    },
    putRules: (rules: unknown, headers: Record<string, string> = {}) => user.client('PUT', rulesUrl, rules, headers),
    preview: (order: unknown) => user.client('POST', `${rulesUrl}/preview`, order),
    event: async (eventId: string) => (await user.client('GET', eventUrl(eventId))).body.data,
    /** What the worker does with schedule-recordings. */
    autoSchedule: async () => (await user.client('POST', `${calendarUrl}/auto-schedule`)).body.data,
  }
}

export type RecordingUser = Awaited<ReturnType<typeof openRecordingUser>>
