import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { expect, onTestFinished, test, vi } from 'vitest'
import { botRequest, startReceiver, startSandbox } from '../../testing/harness.ts'

async function stateFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-state-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return join(folder, 'sandbox-state')
}

const credentials = {
  calendar_platform: 'google',
  oauth_client_id: 'client',
  oauth_client_secret: 'secret',
  oauth_refresh_token: 'alice@acme.test',
  raw_calendar_id: 'alice@acme.test',
}

test('lets a running bot go on to its end after a restart, and sends its webhooks', async () => {
  const receiver = await startReceiver()
  const options = { stateFile: await stateFile(), webhookUrls: [receiver.url] }
  const before = await startSandbox(options)
  const id = await before.send()
  await before.advance(60)
  expect(await before.status(id)).toBe('in_call_recording')
  const history = await before.history(id)
  await before.close()

  const after = await startSandbox(options)
  expect(await after.status(id)).toBe('in_call_recording')
  expect(await after.history(id)).toEqual(history)
  receiver.received.length = 0
  await after.advance(900)
  expect(await after.status(id)).toBe('completed')
  expect(receiver.received.map(({ body }) => body.event)).toContain('bot.completed')
})

test('keeps when the next step is due, and time itself', async () => {
  const options = { stateFile: await stateFile() }
  const before = await startSandbox(options)
  const id = await before.send()
  await before.advance(300)
  const { now } = (await before.get('/sandbox/clock')).body
  const { next } = (await before.get(`/sandbox/bots/${id}`)).body
  await before.close()

  const after = await startSandbox(options)
  expect((await after.get('/sandbox/clock')).body.now).toBe(now)
  expect((await after.get(`/sandbox/bots/${id}`)).body.next).toEqual(next)
})

test('launches booked bots', async () => {
  const options = { stateFile: await stateFile() }
  const before = await startSandbox(options)
  const id = await before.book(3_600)
  await before.close()

  const after = await startSandbox(options)
  expect((await after.get(`/v2/bots/scheduled/${id}`)).body.data.status).toBe('scheduled')
  await after.advance(3_700)
  expect(await after.history(id)).toContain('in_call_recording')
})

test('keeps calendars with their events and bots, which go on following the provider', async () => {
  const options = { stateFile: await stateFile() }
  const before = await startSandbox(options)
  await before.post('/sandbox/accounts', { platform: 'google', email: 'alice@acme.test' })
  const calendar = (await before.post('/v2/calendars', credentials)).body.data.calendar_id
  const start = new Date(before.now() + 86_400_000).toISOString()
  const event = { title: 'Review', start, minutes: 30, meetingUrl: 'https://meet.google.com/abc-defg-hij' }
  await before.post(`/sandbox/calendars/${calendar}/events`, event)
  const [{ event_id, series_id }] = (await before.get(`/v2/calendars/${calendar}/events`)).body.data
  await before.post(`/v2/calendars/${calendar}/bots`, {
    event_id,
    series_id,
    bot_name: 'Notetaker',
    all_occurrences: false,
  })
  await before.close()

  const after = await startSandbox(options)
  const [kept] = (await after.get(`/v2/calendars/${calendar}/events`)).body.data
  expect(kept).toMatchObject({ event_id, title: 'Review', bot_scheduled: true })
  await after.call('PATCH', `/sandbox/calendars/${calendar}/events/${event_id}`, { shiftMinutes: 30 })
  const { scheduled } = (await after.get('/sandbox/bots')).body
  expect(scheduled).toMatchObject([
    { eventId: event_id, joinAt: new Date(Date.parse(start) + 1_800_000).toISOString() },
  ])
})

test('begins empty, and says so, when the file cannot be used', async () => {
  const file = await stateFile()
  await writeFile(file, 'not a snapshot')
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  onTestFinished(() => said.mockRestore())
  const sandbox = await startSandbox({ stateFile: file })
  expect(String(said.mock.calls[0])).toContain(`sandbox: begins empty, because ${file} cannot be used`)
  const id = await sandbox.send()
  await sandbox.close()
  expect((await readFile(file)).includes(id)).toBe(true)
})

test('begins empty when the file is of another version', async () => {
  const file = await stateFile()
  const before = await startSandbox({ stateFile: file })
  const id = await before.send()
  await before.close()
  const { now, snapshot } = deserialize(await readFile(file))
  const other = { ...deserialize(snapshot), version: 0 }
  await writeFile(file, serialize({ now, snapshot: serialize(other) }))
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  onTestFinished(() => said.mockRestore())
  const after = await startSandbox({ stateFile: file })
  expect(String(said.mock.calls[0])).toContain('it was written by another version')
  expect((await after.get(`/v2/bots/${id}`)).status).toBe(404)
})

test('keeps the count for the daily cap', async () => {
  const options = { stateFile: await stateFile(), dailyCap: 1 }
  const before = await startSandbox(options)
  await before.send()
  await before.close()

  const after = await startSandbox(options)
  expect((await after.post('/v2/bots', botRequest)).status).toBe(429)
})

test('keeps signed links valid', async () => {
  const options = { stateFile: await stateFile() }
  const before = await startSandbox(options)
  const id = await before.send()
  await before.advance(1_800)
  const { video } = (await before.get(`/v2/bots/${id}`)).body.data
  await before.close()

  const after = await startSandbox(options)
  const { pathname, search } = new URL(video)
  expect((await fetch(after.url + pathname + search)).status).toBe(200)
})

test('keeps accounts and their tokens', async () => {
  const options = { stateFile: await stateFile() }
  const before = await startSandbox(options)
  await before.post('/sandbox/accounts', { platform: 'google', email: 'alice@acme.test' })
  const { accounts } = (await before.get('/sandbox/accounts')).body
  await before.close()

  const after = await startSandbox(options)
  expect(accounts).toHaveLength(1)
  expect((await after.get('/sandbox/accounts')).body.accounts).toEqual(accounts)
})

test('keeps the deliveries, and marks those that were on their way as failed, with the reason', async () => {
  const receiver = await startReceiver(({ body }) => (body.data.status?.code === 'joining_call' ? 'hang' : 200))
  const options = { stateFile: await stateFile(), webhookUrls: [receiver.url] }
  const before = await startSandbox(options)
  await before.send()
  void before.advance(30)
  await vi.waitFor(() => expect(receiver.received.length).toBeGreaterThan(0))
  const states = async (sandbox: typeof before) =>
    (await sandbox.get('/sandbox/deliveries')).body.deliveries.map((one: { state: string }) => one.state)
  expect(await states(before)).toContain('pending')
  const count = (await states(before)).length
  await before.close()

  const after = await startSandbox(options)
  expect(await states(after)).toHaveLength(count)
  expect(await states(after)).not.toContain('pending')
  expect(JSON.stringify((await after.get('/sandbox/deliveries')).body)).toContain('The sandbox was stopped.')
})

test('does not launch cancelled bookings or restart bots that have left', async () => {
  const options = { stateFile: await stateFile() }
  const before = await startSandbox(options)
  const [booked, sent] = [await before.book(3_600), await before.send()]
  await before.call('DELETE', `/v2/bots/scheduled/${booked}`)
  await before.advance(60)
  await before.call('POST', `/v2/bots/${sent}/leave`)
  await before.advance(900)
  const history = await before.history(sent)
  await before.close()

  const after = await startSandbox(options)
  await after.advance(7_200)
  expect((await after.get(`/v2/bots/scheduled/${booked}`)).body.data.status).toBe('cancelled')
  expect((await after.get('/sandbox/bots')).body.bots).toHaveLength(1)
  expect(await after.history(sent)).toEqual(history)
})

test('deletes files when the retention time of the plan is over', async () => {
  const options = { stateFile: await stateFile() }
  const before = await startSandbox(options)
  const id = await before.send()
  await before.advance(1_800)
  expect((await before.get(`/v2/bots/${id}`)).body.data.video).not.toBeNull()
  await before.close()

  const after = await startSandbox(options)
  await after.advance(31 * 86_400)
  expect((await after.get(`/v2/bots/${id}`)).body.data).toMatchObject({ video: null, artifacts_deleted: true })
})

test('is written while the sandbox runs, readable only by its user, and lets running bots go on', async () => {
  const file = await stateFile()
  const sandbox = await startSandbox({ stateFile: file })
  const [sent, booked] = [await sandbox.send(), await sandbox.book(3_600)]
  await vi.waitFor(async () => expect((await readFile(file)).includes(booked)).toBe(true), 15_000)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  await sandbox.close()

  const after = await startSandbox({ stateFile: file })
  await after.advance(3_700)
  expect(await after.status(sent)).toBe('completed')
  expect(await after.history(booked)).toContain('in_call_recording')
})
