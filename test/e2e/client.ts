/** Seer's API as a customer's program uses it. */
import { expect } from 'vitest'
import { eventually } from './eventually.ts'

export type TimelineEntry = {
  seq: number
  type: string
  occurredAt: string
  cause: string
  data: Record<string, unknown>
}

/** Some fields may be null. A test that needs such a field fails then. */
export type Bot = {
  id: string
  meetingBaasId: string
  meetingUrl: string
  state: string
  run: number
  waitingFor: string
  error: { code: string; message: string }
  endInferred: boolean
  recordingUrl: string
  dataState: string
  delivery: { grade: string; reasons: string[] }
  speakers: { name: string }[]
  durationSeconds: number
  joinedAt: string
  recordingStartedAt: string
  timeline: TimelineEntry[]
}

export type Answer<Body = any> = { status: number; headers: Headers; body: Body }

export type Client = {
  /** The header with the API key. */
  auth: Record<string, string>
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** Orders a bot. Fails unless it is accepted as a new bot. */
  order(body: object): Promise<Bot>
  end(id: string): Promise<Answer>
  bot(id: string): Promise<Bot>
  /** Waits until the bot has this state. */
  reaches(id: string, state: string): Promise<Bot>
  /** Waits until every file of an ended bot is stored or known to be missing. */
  recordingsOf(id: string): Promise<Recording[]>
  /** Gets a file by its link. */
  download(url: string): Promise<Buffer>
}

export type Recording = {
  id: string
  kind: string
  state: string
  reason: string
  bytes: number
  sha256: string
  durationSeconds: number
  url: string
}

export function openClient(apiUrl: string, apiKey: string): Client {
  const auth = { authorization: `Bearer ${apiKey}` }
  const call: Client['call'] = async (method, path, body, headers = {}) => {
    const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
    const answer = await fetch(`${apiUrl}/api${path}`, {
      method,
      headers: { ...auth, ...json, ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, body: text === '' ? null : JSON.parse(text) }
  }
  async function dataOf(answering: Promise<Answer>, expected: number) {
    const { status, body } = await answering
    expect(status, JSON.stringify(body)).toBe(expected)
    return body.data
  }
  const bot = (id: string) => dataOf(call('GET', `/meetingbaas/bots/${id}`), 200)
  const recordings = async (id: string) => await dataOf(call('GET', `/meetingbaas/bots/${id}/recordings`), 200)
  return {
    auth,
    call,
    bot,
    recordingsOf: (id) =>
      eventually(async () => {
        const found: Recording[] = await recordings(id)
        expect(found.length).toBeGreaterThan(0)
        // A bot that was believed lost has files that are missing, until what it recorded is collected.
        const { recordingUrl } = await bot(id)
        if (recordingUrl) expect(found.map(({ state }) => state)).toContain('stored')
        expect(found.filter(({ state }) => state !== 'stored' && state !== 'missing')).toEqual([])
        return found
      }),
    async download(url) {
      const answer = await fetch(url, { headers: auth })
      expect(answer.status).toBe(200)
      return Buffer.from(await answer.arrayBuffer())
    },
    order: (body) => dataOf(call('POST', '/meetingbaas/bots', body), 202),
    end: (id) => call('DELETE', `/meetingbaas/bots/${id}`),
    reaches: (id, state) =>
      eventually(async () => {
        const found = await bot(id)
        expect(found.state, `${found.waitingFor ?? ''} ${JSON.stringify(found.error)}`).toBe(state)
        return found
      }),
  }
}

/** What custody adds to a timeline after the end of a run, at times of its own. */
const custody = /^(artifact_|delivery_|transcript_requested|transcript_made)/

/** What happened in the run itself. */
export const runTypesOf = (bot: Pick<Bot, 'timeline'>): string[] => typesOf(bot).filter((type) => !custody.test(type))

export const typesOf = ({ timeline }: Pick<Bot, 'timeline'>): string[] => timeline.map(({ type }) => type)

let linksMade = 0
const scenarios = new Map<string, string>()

/** The scenario of a meeting from `meetingLink`; undefined when nothing unusual happens. */
export const scenarioOf = (link: unknown): string | undefined => scenarios.get(String(link))

/** A link to a new meeting. When a bot is ordered, the vendor of `openSeer` is told its scenario. */
export function meetingLink(scenario = 'success', platform: 'meet' | 'zoom' | 'teams' = 'meet'): string {
  linksMade += 1
  const digits = linksMade.toString(26).padStart(4, '0')
  const letters = digits.replace(/./g, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 26)))
  const address = {
    meet: `https://meet.google.com/abc-${letters}-hij`,
    zoom: `https://us02web.zoom.us/j/${91_000_000_000 + linksMade}`,
    teams: `https://teams.live.com/meet/${9_310_000_000_000 + linksMade}`,
  }
  const link = address[platform]
  if (scenario !== 'success') scenarios.set(link, scenario)
  return link
}
