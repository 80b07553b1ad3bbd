import { describe, expect, test } from 'vitest'
import { startReceiver, startSandbox } from '../../testing/harness.ts'

const day = 24 * 3600
const arrive = ['queued', 'joining_call', 'in_waiting_room']
const inCall = [...arrive, 'in_call_not_recording', 'in_call_recording']
const success = [...inCall, 'call_ended', 'recording_succeeded', 'completed']
const fail = ['recording_failed', 'failed']

const meet = 'https://meet.google.com/abc-defg-hij'
const teams = 'https://teams.microsoft.com/l/meetup-join/19%3ameeting_x'
const zoom = 'https://us02web.zoom.us/j/123456789?pwd=x'

/** The statuses of every scenario, and the error code at its end. */
const stories: [scenario: string, url: string, statuses: string[], errorCode: string | null][] = [
  ['success', meet, success, null],
  ['success', zoom, success, null],
  ['lobby', meet, [...arrive, 'waiting_room_timeout', ...fail], 'TIMEOUT_WAITING_TO_START'],
  ['lobby_timeout', teams, [...arrive, 'waiting_room_timeout', ...fail], 'TIMEOUT_WAITING_TO_START'],
  ['lobby_timeout', zoom, [...arrive, ...fail], 'TIMEOUT_WAITING_TO_START'],
  ['refused', meet, [...arrive, 'bot_rejected', ...fail], 'BOT_NOT_ACCEPTED'],
  ['refused', zoom, [...arrive, ...fail], 'BOT_NOT_ACCEPTED'],
  ['kicked', meet, success, null],
  ['kicked_at_once', meet, [...inCall, 'bot_removed_too_early', ...fail], 'BOT_REMOVED_TOO_EARLY'],
  ['nobody_came', meet, success, null],
  ['crash', meet, [...inCall, 'failed'], 'OOM_KILLED'],
  ['login_required', meet, ['queued', 'joining_call', 'meeting_error', ...fail], 'LOGIN_REQUIRED'],
  ['invalid_url', teams, ['queued', 'joining_call', 'invalid_meeting_url', ...fail], 'INVALID_MEETING_URL'],
  ['host_absent', zoom, ['queued', 'joining_call', 'in_waiting_for_host', ...fail], 'WAITING_FOR_HOST_TIMEOUT'],
  ['host_absent', meet, [...arrive, 'waiting_room_timeout', ...fail], 'TIMEOUT_WAITING_TO_START'],
  ['internal_retry', meet, [...arrive, 'recording_failed', ...success.slice(1)], null],
]

const withScenario = (url: string, scenario: string) => `${url}${url.includes('?') ? '&' : '?'}sandbox=${scenario}`

describe('a meeting by scenario', () => {
  test.each(stories)('%s at %s', async (scenario, url, statuses, errorCode) => {
    const sandbox = await startSandbox()
    const id = await sandbox.send({ meeting_url: withScenario(url, scenario) })
    await sandbox.advance(day)
    expect(await sandbox.history(id)).toEqual(statuses)
    const { data } = (await sandbox.get(`/v2/bots/${id}`)).body
    expect(data.error_code).toBe(errorCode)
    expect(data.error_message === null).toBe(errorCode === null)
  })

  test('transcription_failed keeps the recording but has no transcript', async () => {
    const sandbox = await startSandbox()
    const meeting_url = withScenario(meet, 'transcription_failed')
    const id = await sandbox.send({ meeting_url, transcription_enabled: true })
    await sandbox.advance(3600)
    const ending = ['recording_succeeded', 'transcribing', 'failed']
    expect(await sandbox.history(id)).toEqual([...inCall, 'call_ended', ...ending])
    const { data } = (await sandbox.get(`/v2/bots/${id}`)).body
    expect(data).toMatchObject({ error_code: 'TRANSCRIPTION_FAILED', transcription: null })
    expect(data.video).toContain('/output.mp4?')
    expect((await sandbox.get(`/v2/bots/${id}/status`)).body.data.transcription_status).toBe('error')
  })

  test('an internal retry forgets the failed attempt', async () => {
    const sandbox = await startSandbox()
    const id = await sandbox.send({ meeting_url: withScenario(meet, 'internal_retry') })
    await sandbox.advance(20)
    const during = (await sandbox.get(`/v2/bots/${id}`)).body.data
    expect(during).toMatchObject({ status: 'recording_failed', error_code: null })
    await sandbox.advance(3600)
    const after = (await sandbox.get(`/v2/bots/${id}`)).body.data
    expect(after).toMatchObject({ status: 'completed', duration_seconds: 600 })
  })

  test('nobody_came leaves after the bot’s own limit with an empty list of people', async () => {
    const sandbox = await startSandbox()
    const meeting_url = withScenario(meet, 'nobody_came')
    const id = await sandbox.send({ meeting_url, timeout_config: { no_one_joined_timeout: 180 } })
    await sandbox.advance(3600)
    const { data } = (await sandbox.get(`/v2/bots/${id}`)).body
    expect(data).toMatchObject({ duration_seconds: 180, participants: [], speakers: [] })
  })

  test('the lobby lasts as long as the bot’s waiting_room_timeout', async () => {
    const sandbox = await startSandbox()
    const meeting_url = withScenario(meet, 'lobby')
    const id = await sandbox.send({ meeting_url, timeout_config: { waiting_room_timeout: 120 } })
    await sandbox.advance(14 + 119)
    expect(await sandbox.status(id)).toBe('in_waiting_room')
    await sandbox.advance(1)
    expect(await sandbox.status(id)).toBe('waiting_room_timeout')
  })

  test('runs the same way, to the millisecond, every time', async () => {
    const run = async () => {
      const sandbox = await startSandbox()
      const id = await sandbox.send({ transcription_enabled: true })
      await sandbox.advance(3600)
      return (await sandbox.get(`/sandbox/bots/${id}`)).body.history
    }
    expect(await run()).toEqual(await run())
  })

  test('a rule set by API comes before the URL, and applies as often as it says', async () => {
    const sandbox = await startSandbox()
    await sandbox.post('/sandbox/scenarios', { meetingUrl: 'abc-defg', scenario: 'refused', times: 1 })
    const first = await sandbox.send({ meeting_url: withScenario(meet, 'crash') })
    const second = await sandbox.send({ meeting_url: withScenario(meet, 'crash') })
    await sandbox.advance(3600)
    const code = async (id: string) => (await sandbox.get(`/v2/bots/${id}`)).body.data.error_code
    expect([await code(first), await code(second)]).toEqual(['BOT_NOT_ACCEPTED', 'OOM_KILLED'])
  })

  test('a rule by bot id decides the meeting of a booked bot, but comes too late for a bot on its way', async () => {
    const sandbox = await startSandbox()
    const id = await sandbox.book(600)
    expect((await sandbox.post('/sandbox/scenarios', { botId: id, scenario: 'crash' })).status).toBe(201)
    await sandbox.advance(600)
    expect((await sandbox.post('/sandbox/scenarios', { botId: id, scenario: 'success' })).status).toBe(409)
    await sandbox.advance(3600)
    expect((await sandbox.get(`/v2/bots/${id}`)).body.data.error_code).toBe('OOM_KILLED')
  })

  test('a rule sets length, people and timings of a meeting', async () => {
    const sandbox = await startSandbox()
    const timings = { pickup: 100 }
    await sandbox.post('/sandbox/scenarios', { botName: 'note', meetingMinutes: 2, participants: ['Ada'], timings })
    const id = await sandbox.send()
    await sandbox.advance(3600)
    const { data } = (await sandbox.get(`/v2/bots/${id}`)).body
    expect(data).toMatchObject({ duration_seconds: 120, participants: [{ name: 'Ada', id: 1 }] })
    expect((await sandbox.history(id)).slice(0, 3)).toEqual(['queued', 'pickup_delayed', 'joining_call'])
  })
})

describe('people in the meeting', () => {
  test('admit lets a waiting bot in', async () => {
    const sandbox = await startSandbox()
    const id = await sandbox.send({ meeting_url: withScenario(meet, 'lobby') })
    await sandbox.advance(60)
    await sandbox.post(`/sandbox/bots/${id}/admit`)
    await sandbox.advance(3600)
    expect(await sandbox.history(id)).toEqual(success)
  })

  test('refuse, kick, end and crash end a run as the vendor would', async () => {
    const sandbox = await startSandbox()
    const after = async (scenario: string, seconds: number, action: string) => {
      const id = await sandbox.send({ meeting_url: withScenario(meet, scenario) })
      await sandbox.advance(seconds)
      expect((await sandbox.post(`/sandbox/bots/${id}/${action}`)).status).toBe(200)
      await sandbox.advance(3600)
      const { status, error_code } = (await sandbox.get(`/v2/bots/${id}`)).body.data
      return error_code ?? status
    }
    expect(await after('lobby', 60, 'refuse')).toBe('BOT_NOT_ACCEPTED')
    expect(await after('success', 60, 'kick')).toBe('completed')
    expect(await after('success', 23, 'kick')).toBe('BOT_REMOVED_TOO_EARLY')
    expect(await after('success', 60, 'end')).toBe('completed')
    expect(await after('lobby', 60, 'end')).toBe('MEETING_ENDED_PREMATURELY')
    expect(await after('success', 60, 'crash')).toBe('OOM_KILLED')
  })

  test('a senseless action is refused with a sentence', async () => {
    const sandbox = await startSandbox()
    const id = await sandbox.send()
    const answer = await sandbox.post(`/sandbox/bots/${id}/admit`)
    expect(answer.status).toBe(409)
    expect(answer.body.error).toContain('queued')
  })
})

describe('quirks', () => {
  test('look like those of the live service', async () => {
    const receiver = await startReceiver()
    const sandbox = await startSandbox({ webhookUrls: [receiver.url] })
    const quirks = ['start_time_ms', 'unknown_status', 'retrying_status', 'no_artifacts']
    await sandbox.post('/sandbox/scenarios', { scenario: 'internal_retry', quirks })
    const id = await sandbox.send()
    await sandbox.advance(3600)
    const statuses = receiver.received.slice(0, -1).map(({ body }) => body.data.status)
    expect(statuses.map(({ code }) => code).slice(0, 7)).toEqual([
      'joining_call',
      'polishing_lens',
      'in_waiting_room',
      'recording_failed',
      'retrying',
      'joining_call',
      'polishing_lens',
    ])
    expect(statuses[4]).toMatchObject({ attempt: 1, max: 10 })
    expect(statuses.find(({ code }) => code === 'in_call_recording').start_time).toBeGreaterThan(1e12)
    expect(receiver.received.at(-1)?.body).toMatchObject({ event: 'bot.completed', data: { video: null, audio: null } })
    expect(await sandbox.history(id)).not.toContain('retrying')
  })
})
