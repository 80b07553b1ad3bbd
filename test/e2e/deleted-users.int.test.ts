/**
 * Users who are deleted while their bots run: API, workers and CLI as processes, the sandbox as Meeting BaaS and
 * Google.
 */
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Client, meetingLink } from './client.ts'
import { eventually } from './eventually.ts'
import { openSeer, type Seer, usualBackend } from './seer.ts'
import { vendorKey } from './vendor.ts'

let seer: Seer
let accounts = 0
/** Each story starts a program and waits a dozen times. On a busy machine that took more than the usual minute. */
const longMs = 180_000

type Person = Client & { name: string; calendarId: string }

beforeAll(async () => {
  const secrets = { GOOGLE_CLIENT_ID: 'test-google-client', GOOGLE_CLIENT_SECRET: 'not-a-secret' }
  const env = { ...secrets, ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64') }
  seer = await openSeer({ backend: usualBackend(), env })
})
afterAll(() => seer?.close())

/** A user of acme.test with a connected calendar. */
async function person(): Promise<Person> {
  const name = `person-${++accounts}@acme.test`
  const client = await seer.newUser(name)
  const order = { provider: 'google', refreshToken: name }
  const { body } = await client.call('POST', '/meetingbaas/calendar/setup', order)
  return { ...client, name, calendarId: body.data.calendarId }
}

const userRow = async ({ name }: Person) =>
  (await seer.query('SELECT id, deleted_at AS "deletedAt" FROM users WHERE name = $1', [name]))[0]

async function dataAtVendor(meetingId: string) {
  const [bot] = await seer.vendor.botsOf(meetingId)
  const headers = { 'x-meeting-baas-api-key': vendorKey }
  const answer = await fetch(`${seer.vendor.url}/v2/bots/${bot?.botId}`, { headers })
  return ((await answer.json()) as { data: Record<string, unknown> }).data
}

async function calendarsAtVendor(): Promise<string[]> {
  const { calendars } = await seer.vendor.control('GET', '/calendars?limit=1000')
  return calendars.map(({ calendarId }: { calendarId: string }) => calendarId)
}

/** Two colleagues who share a recording bot, and another recording bot of the first colleague. */
async function recordingForTwo() {
  const [ines, bo] = [await person(), await person()]
  const meetingUrl = meetingLink()
  const { id: shared } = await ines.order({ meetingUrl })
  const { id: own } = await ines.order({ meetingUrl: meetingLink() })
  const order = await bo.call('POST', '/meetingbaas/bots', { meetingUrl })
  expect([order.status, order.body.data.id, order.body.data.role]).toEqual([200, shared, 'subscriber'])
  for (const id of [shared, own]) await ines.reaches(id, 'queued')
  for (const [seconds, state] of [
    [8, 'joining'],
    [6, 'waiting_room'],
    [4, 'in_call'],
    [3, 'recording'],
  ] as const) {
    await seer.vendor.advance(seconds)
    for (const id of [shared, own]) await ines.reaches(id, state)
  }
  return { ines, bo, shared, own }
}

async function toldToLeave(id: string): Promise<void> {
  await eventually(async () => {
    const [row] = await seer.query('SELECT leave_sent_at FROM meetings WHERE id = $1', [id])
    expect(row.leave_sent_at).not.toBeNull()
  })
}

const untilGone = (who: Person) =>
  eventually(async () => {
    await seer.sweep('requeue-stuck')
    expect(await userRow(who)).toBeUndefined()
  })

test(
  'a shared bot goes on and belongs to the other user, and everything else of the deleted user ends',
  async () => {
    const { ines, bo, shared, own } = await recordingForTwo()
    const { id: userId } = await userRow(ines)
    const { code, output } = await seer.cli('users', 'delete', ines.name).result
    const happened = '1 bot handed over, 1 bot told to leave, 1 calendar is being disconnected.'
    expect([code, output.split('\n')[0]]).toEqual([0, happened])

    expect(await bo.bot(shared)).toMatchObject({ role: 'owner', state: 'recording', sharedWithOthers: 0 })
    await toldToLeave(own)
    await eventually(async () => expect(await calendarsAtVendor()).not.toContain(ines.calendarId))
    expect(await calendarsAtVendor()).toContain(bo.calendarId)
    await eventually(async () => expect((await ines.call('GET', '/meetingbaas/bots')).status).toBe(401))

    await seer.sweep('requeue-stuck')
    expect(await userRow(ines)).toBeDefined()
    await seer.playOut()
    const bot = await bo.reaches(shared, 'completed')
    expect(bot.recordingUrl).toBeTruthy()
    expect(bot.timeline.map(({ type }) => type)).toContain('bot_handed_over')
    await untilGone(ines)
    for (const table of ['meetings', 'calendar_integrations', 'calendar_events', 'api_keys']) {
      expect(await seer.query(`SELECT FROM ${table} WHERE user_id = $1`, [userId]), table).toEqual([])
    }
    expect((await bo.bot(shared)).recordingUrl).toBe(bot.recordingUrl)
  },
  longMs,
)

test(
  'the sweep finishes a deletion that the killed CLI began',
  async () => {
    const { ines, bo, shared, own } = await recordingForTwo()
    await seer.holding('SELECT FROM meetings WHERE id = ANY($1) FOR UPDATE', [[shared, own]], async () => {
      const command = seer.cli('users', 'delete', ines.name)
      await eventually(async () => expect((await userRow(ines)).deletedAt).not.toBeNull())
      command.kill()
      expect((await command.result).code).toBeNull()
      expect(await calendarsAtVendor()).toContain(ines.calendarId)
    })
    await seer.sweep('requeue-stuck')
    await eventually(async () => expect(await bo.bot(shared)).toMatchObject({ role: 'owner', state: 'recording' }))
    await toldToLeave(own)
    await seer.playOut()
    await bo.reaches(shared, 'completed')
    await untilGone(ines)
    expect(await dataAtVendor(own)).toMatchObject({ artifacts_deleted: true, video: null })
    expect(await dataAtVendor(shared)).toMatchObject({ artifacts_deleted: false })
    expect((await readdir(seer.recordingsFolder, { recursive: true })).filter((path) => path.includes(own))).toEqual([])
    expect(await calendarsAtVendor()).not.toContain(ines.calendarId)
  },
  longMs,
)

test(
  'a recording stays with the users who share it when its owner is deleted later',
  async () => {
    const { ines, bo, shared } = await recordingForTwo()
    await seer.playOut()
    const { recordingUrl } = await bo.reaches(shared, 'completed')
    await seer.settled()
    const { output } = await seer.cli('users', 'delete', ines.name).result
    expect(output).toContain('1 shared recording handed over')
    await untilGone(ines)
    expect(await bo.bot(shared)).toMatchObject({ role: 'owner', recordingUrl })
  },
  longMs,
)
