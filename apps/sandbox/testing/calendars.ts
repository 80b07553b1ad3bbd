import type { SandboxOptions } from '../src/sandbox.ts'
import { startReceiver, startSandbox, type TestSandbox, testStart } from './harness.ts'

const minuteMs = 60_000

/** The ISO time this many minutes after the start of the tests. */
export const at = (minutes: number): string => new Date(testStart + minutes * minuteMs).toISOString()

export const day = 24 * 60

export const oauth = (token: string, calendar_platform = 'google') => ({
  calendar_platform,
  oauth_client_id: 'client',
  oauth_client_secret: 'secret',
  oauth_refresh_token: token,
})

export const meetUrl = 'https://meet.google.com/abc-defg-hij'

/** A sandbox with a connected calendar and a receiver of its webhooks, and short-hands for both. */
export async function startCalendar(options: SandboxOptions = {}) {
  const receiver = await startReceiver()
  const sandbox = await startSandbox({ webhookUrls: [receiver.url], ...options })
  const calendarId = await connect(sandbox)
  const must = async (method: string, path: string, body?: unknown) => {
    const answer = await sandbox.call(method, path, body)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const own = `/v2/calendars/${calendarId}`
  const provider = `/sandbox/calendars/${calendarId}/events`
  return {
    sandbox,
    receiver,
    calendarId,
    must,
    /** Adds an event at the provider. Returns the answer of the control API. */
    add: (event: Record<string, unknown>) => must('POST', provider, { title: 'Review', meetingUrl: meetUrl, ...event }),
    edit: (event: string, body: unknown) => must('PATCH', `${provider}/${event}`, body),
    act: (event: string, action: string, body: unknown = {}) => must('POST', `${provider}/${event}/${action}`, body),
    remove: (event: string, body?: unknown) => must('DELETE', `${provider}/${event}`, body),
    events: async (query = '') => (await must('GET', `${own}/events?${query}`)).data,
    details: async (eventId: string) => (await must('GET', `${own}/events/${eventId}`)).data,
    calendar: async () => (await must('GET', own)).data,
    own,
    /** The bodies of the calendar webhooks since the last call, when all deliveries are answered. */
    heard: async (): Promise<{ event: string; data: any }[]> => {
      await sandbox.advance(0)
      return receiver.received.splice(0).map(({ body }) => body)
    },
  }
}

/** Connects the primary calendar of the account that a token belongs to. Returns the id of the connection. */
export async function connect(sandbox: TestSandbox, token = 'alice@acme.test', platform = 'google'): Promise<string> {
  const raw = await sandbox.post('/v2/calendars/list-raw', oauth(token, platform))
  const raw_calendar_id = raw.body.data[0].id
  const answer = await sandbox.post('/v2/calendars', { ...oauth(token, platform), raw_calendar_id })
  if (answer.status !== 201) throw new Error(`Not connected: ${JSON.stringify(answer.body)}`)
  return answer.body.data.calendar_id
}
