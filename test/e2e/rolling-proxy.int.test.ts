/**
 * A new proxy in front of the vendor answers in the vendor's place for a while: an HTML page with 403, 400, 502 or 401 to
 * every call. Afterwards everything that users asked for meanwhile is as if the proxy had not been there. API and worker
 * as processes, the sandbox as Meeting BaaS and Google.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bot, type Client, meetingLink } from './client.ts'
import { eventually } from './eventually.ts'
import { openSeer, type Seer, usualBackend } from './seer.ts'
import type { VendorBot } from './vendor.ts'

const minuteMs = 60_000
const user = 'rolling@acme.test'
const wrongAnswers = { kind: 'status', status: [403, 400, 502, 401], body: 'html' }
const calls = {
  create: { method: 'POST', path: '*/v2/bots' },
  book: { method: 'POST', path: '*/v2/bots/scheduled' },
  change: { method: 'PATCH', path: '/v2/' },
  cancel: { method: 'DELETE', path: '/v2/' },
  leave: { method: 'POST', path: '*/leave' },
  read: { method: 'GET', path: '/v2/' },
  rest: { path: '/v2/' },
}
type Call = keyof typeof calls

const idsOf = (bots: Bot[]) => bots.map(({ id }) => id)

/** The facts about a bot at the vendor that these tests look at. */
type Placed = VendorBot & { meetingUrl: string; joinAt: string | null }

describe('while a proxy answers in place of the vendor', () => {
  let seer: Seer
  let client: Client
  let events: string
  const struck = {} as Record<Call, () => Promise<number>>
  beforeAll(async () => {
    const secrets = { GOOGLE_CLIENT_ID: 'test-google-client', GOOGLE_CLIENT_SECRET: 'not-a-secret' }
    const env = { ...secrets, ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64') }
    seer = await openSeer({ backend: usualBackend(), env })
    client = await seer.newUser(user)
    const { body } = await client.call('POST', '/meetingbaas/calendar/setup', {
      provider: 'google',
      refreshToken: user,
    })
    events = `/calendars/${body.data.calendarId}/events`
    await client.call('PUT', '/meetingbaas/calendar/rules', { enabled: true })
  })
  afterAll(() => seer?.close())

  /** One after the other, because the oldest matching fault strikes, and `rest` must be the last. */
  async function proxyComes(): Promise<void> {
    for (const [call, match] of Object.entries(calls)) {
      struck[call as Call] = await seer.vendor.fault({ ...wrongAnswers, match })
    }
  }

  /** Checks that each of these calls has got each wrong answer. */
  async function allHaveMetIt(...these: Call[]): Promise<void> {
    for (const call of these) {
      await eventually(async () =>
        expect(await struck[call](), call).toBeGreaterThanOrEqual(wrongAnswers.status.length),
      )
    }
  }

  /** The sweep makes at once the attempts that the queue would make after its backoff. */
  async function laterAttempt(): Promise<void> {
    await seer.timePasses(2)
    await seer.sweep('requeue-stuck')
  }

  /** One for each wrong answer. */
  const order = (more: object = {}): Promise<Bot[]> =>
    Promise.all(wrongAnswers.status.map(() => seer.order({ meetingUrl: meetingLink(), ...more })))

  async function addEvent(title: string, startsInMinutes: number) {
    const startsAt = Math.floor(seer.vendor.now() / minuteMs) * minuteMs + startsInMinutes * minuteMs
    const link = meetingLink()
    const { events: made } = await seer.vendor.control('POST', events, {
      title,
      start: new Date(startsAt).toISOString(),
      minutes: 30,
      meetingUrl: link,
      attendees: [{ email: user, response: 'accepted' }],
    })
    const path = `${events}/${made[0].eventId}`
    return {
      startsAt,
      link,
      id: made[0].eventId as string,
      change: (change: object) => seer.vendor.control('PATCH', path, change),
      cancel: () => seer.vendor.control('POST', `${path}/cancel`, {}),
    }
  }

  /** The bots with this link that are booked or on their way. */
  async function placed(link: string): Promise<Placed[]> {
    const all = (await seer.vendor.bots()) as Placed[]
    return all.filter(
      ({ meetingUrl, status }) => meetingUrl === link && !['completed', 'failed', 'cancelled'].includes(status),
    )
  }

  async function joinTimes(link: string): Promise<(number | null)[]> {
    return (await placed(link)).map(({ joinAt }) => (joinAt === null ? null : Date.parse(joinAt)))
  }

  test('bookings, moves and cancellations come out right afterwards, with one bot each, none failed, none lost', async () => {
    const [kept, cancelled, moved, relinked, skipped] = [
      await addEvent('Kept', 120),
      await addEvent('Cancelled', 150),
      await addEvent('Moved', 180),
      await addEvent('Relinked', 210),
      await addEvent('Skipped', 240),
    ] as const
    for (const { link, startsAt } of [kept, cancelled, moved, relinked, skipped]) {
      await eventually(async () => expect(await joinTimes(link)).toEqual([startsAt]))
    }
    const later = { joinAt: new Date(seer.vendor.now() + 90 * minuteMs).toISOString() }
    const [running, called] = [await order(), await order(later)]
    await seer.allReach(idsOf(called), 'scheduled')
    await seer.allReach(idsOf(running), 'queued')
    await seer.vendor.advance(21)
    await seer.allReach(idsOf(running), 'recording')

    await proxyComes()
    const [now, booked, regretted] = [await order(), await order(later), await order()]
    for (const { id } of [...called, ...running, ...regretted]) expect((await seer.end(id)).status).toBeLessThan(300)
    const rules = await client.call('PUT', '/meetingbaas/calendar/rules', { enabled: true, leadMinutes: 1 })
    const skip = await client.call('PUT', `/meetingbaas/calendar/events/${skipped.id}/override`, { value: 'skip' })
    expect([rules.status, skip.status], JSON.stringify(rules.body)).toEqual([200, 200])
    const otherLink = meetingLink()
    await cancelled.cancel()
    await moved.change({ shiftMinutes: 60 })
    await relinked.change({ meetingUrl: otherLink })
    const added = await addEvent('Added', 300)
    for (const task of ['sync-bot-statuses', 'sync-calendars', 'check-calendars'] as const) await seer.sweep(task)
    await allHaveMetIt('create', 'book', 'change', 'cancel', 'leave', 'read')
    await laterAttempt()
    expect(await seer.query(`SELECT error_code FROM meetings WHERE processing_status = 'failed'`)).toEqual([])
    expect((await seer.call('GET', '/health')).body.vendorPauses).toEqual([])

    await seer.vendor.clearFaults()
    await laterAttempt()
    for (const each of [...now, ...booked]) await expectOneBot(each)
    await seer.allReach(idsOf([...called, ...regretted]), 'cancelled')
    await seer.timePasses(12)
    await seer.sweep('sync-calendars')
    await seer.sweep('check-calendars')
    const expected = new Map([
      [kept.link, [kept.startsAt - minuteMs]],
      [cancelled.link, []],
      [moved.link, [moved.startsAt + 59 * minuteMs]],
      [relinked.link, []],
      [otherLink, [relinked.startsAt - minuteMs]],
      [skipped.link, []],
      [added.link, [added.startsAt - minuteMs]],
      ...[...called, ...regretted, ...running].map(({ meetingUrl }): [string, number[]] => [meetingUrl, []]),
    ])
    await eventually(async () => {
      // Bots need a moment to leave.
      await seer.vendor.advance(1)
      for (const [link, times] of expected) expect(await joinTimes(link), link).toEqual(times)
    })

    // A change is done only when Seer has noted it. Hours later its bot would count as one that was never moved.
    const untold = 'SELECT id FROM meetings WHERE change_owed AND final_at IS NULL'
    await eventually(async () => expect(await seer.query(untold)).toEqual([]))
    await seer.vendor.jumpTo(added.startsAt + 120 * minuteMs)
    const recorded = [...now, ...booked, ...running].map(({ meetingUrl }) => meetingUrl)
    for (const [link, times] of expected) if (times.length > 0) recorded.push(link)
    await eventually(async () => {
      const rows = await seer.query(
        'SELECT meeting_url, processing_status AS state, error_code, error_message, join_at, change_owed FROM meetings',
      )
      expect(rows.filter(({ state }) => state !== 'completed' && state !== 'cancelled')).toEqual([])
      const completed = rows.filter(({ state }) => state === 'completed').map(({ meeting_url }) => meeting_url)
      expect(completed.sort()).toEqual(recorded.sort())
    })
    const { body: calendars } = await client.call('GET', '/meetingbaas/calendar/integrations')
    expect(calendars.data).toMatchObject([{ status: 'active', action: null }])
  }, 180_000)

  async function expectOneBot({ id, meetingUrl }: Bot): Promise<void> {
    await eventually(async () => {
      const { meetingBaasId } = await seer.bot(id)
      expect(await placed(meetingUrl)).toMatchObject([{ botId: meetingBaasId }])
    })
  }
})
