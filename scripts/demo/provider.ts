export type Provider = ReturnType<typeof openProvider>

/** A booking as the vendor has it. */
export type Booking = { botId: string; status: string; joinAt: string }

type NewEvent = { title: string; start: number; meetingUrl: string; attendees: { email: string; response?: string }[] }

/** Tells the sandbox what happens in the calendar at Google, and reads what the vendor then has. */
export function openProvider(sandboxUrl: string, signal: AbortSignal) {
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
    addEvent: async (calendarId: string, { start, ...event }: NewEvent) => {
      const body = { ...event, start: new Date(start).toISOString(), minutes: 45 }
      const { sourceId } = await call<{ sourceId: string }>('POST', `/calendars/${calendarId}/events`, body)
      return sourceId
    },
    change: (calendarId: string, eventId: string, body: object) => call('PATCH', eventPath(calendarId, eventId), body),
    act: (calendarId: string, eventId: string, action: string) =>
      call('POST', `${eventPath(calendarId, eventId)}/${action}`, {}),
    bookings: async () => (await call<{ scheduled: Booking[] }>('GET', '/bots')).scheduled,
  }
}
