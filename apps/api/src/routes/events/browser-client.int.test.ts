import { readFileSync } from 'node:fs'
import { aMeeting, at } from '@seer/core/testing/meetings/builders'
import { newId } from '@seer/infra/ids'
import { EventSource } from 'eventsource'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { clientOf, openTestApi, type TestApi } from '../../../testing/test-api.ts'

type Event = { position: number; type: string; subject: { id: string } }
type Token = { token: string; expiresIn: number; position: number }
type Follow = (options: {
  url: string
  getToken: () => Promise<Token>
  types: string[]
  after?: number
  onEvent: (event: Event) => void
  onError?: (error: Error) => void
}) => () => void

/** On a busy machine everything takes longer, and only a failure takes this long. */
const patience = 10_000

let api: TestApi
let address: string
let ines: ReturnType<typeof clientOf>
let userId: string
let followEvents: Follow
beforeAll(async () => {
  vi.stubGlobal('EventSource', EventSource)
  api = await openTestApi()
  address = await api.app.listen({ port: 0, host: '127.0.0.1' })
  ines = clientOf(api.app, await api.makeKey('ines'))
  const { rows } = await api.db.pool.query<{ id: string }>(`SELECT id FROM users WHERE name = 'ines'`)
  userId = rows[0]?.id as string
  const served = await (await fetch(`${address}/docs/seer-events.js`)).text()
  followEvents = (await import(`data:text/javascript,${encodeURIComponent(served)}`)).followEvents
})
afterAll(async () => {
  await api.close()
  vi.unstubAllGlobals()
})

const url = () => `${address}/api/meetingbaas/events/stream`
const newToken = async (order: object = {}): Promise<Token> =>
  (await ines('POST', '/api/meetingbaas/stream-tokens', order)).body.data

async function claim(): Promise<string> {
  const meeting = aMeeting({ id: newId(), userId, joinKey: `meet:${newId()}` })
  const entry = { type: 'bot_requested', occurredAt: at(0), data: {}, cause: 'api' } as const
  await api.db.meetings.claim(meeting, entry, 'nobody')
  return meeting.id
}

test('the client follows from now on, with one token after the other, and gets each event once', async () => {
  await claim()
  const seen: string[] = []
  let tokens = 0
  const getToken = async () => {
    const token = await newToken({ expiresIn: 1 })
    tokens += 1
    return token
  }
  const onEvent = (event: Event) => void seen.push(event.subject.id)
  const stop = followEvents({ url: url(), getToken, types: ['bot_requested'], onEvent })
  await vi.waitFor(() => expect(tokens).toBe(1), patience)
  const written: string[] = []
  while (tokens < 3) written.push(await claim())
  await vi.waitFor(() => expect(seen.length).toBeGreaterThanOrEqual(written.length), patience)
  stop()
  expect(seen).toEqual(written)
})

test('the client goes on after a position, and says when it is refused', async () => {
  const after = (await api.db.feed.number()).newest
  const id = await claim()
  const onEvent = vi.fn<(event: Event) => void>()
  const stop = followEvents({ url: url(), getToken: newToken, types: ['bot_requested'], after, onEvent })
  await vi.waitFor(
    () =>
      expect(onEvent).toHaveBeenCalledWith(
        expect.objectContaining({ position: after + 1, subject: { kind: 'bot', id, seq: 1 } }),
      ),
    patience,
  )
  stop()
  const onError = vi.fn<(error: Error) => void>()
  const getToken = async () => ({ ...(await newToken()), token: 'nonsense' })
  const end = followEvents({ url: url(), getToken, types: ['bot_requested'], onEvent, onError })
  await vi.waitFor(() => expect(onError).toHaveBeenCalledWith(new Error('The stream was refused.')), patience)
  end()
})

test('the client has forty lines', () => {
  const text = readFileSync(new URL('../../../../../docs/seer-events.js', import.meta.url), 'utf8')
  expect(text.slice(text.indexOf('export function')).trimEnd().split('\n').length).toBeLessThanOrEqual(46)
})
