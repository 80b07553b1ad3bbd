import { expect, test } from 'vitest'
import { at, day, oauth } from '../../../testing/calendars.ts'
import { startReceiver, startSandbox } from '../../../testing/harness.ts'

test('many calendars are seeded and touched without a webhook, unless asked for', async () => {
  const receiver = await startReceiver()
  const sandbox = await startSandbox({ webhookUrls: [receiver.url], calendarLimit: 1 })
  const seeded = await sandbox.post('/sandbox/calendars/seed', { calendars: 8, eventsPerCalendar: 50 })
  expect(seeded).toMatchObject({ status: 201, body: { calendars: 8, events: 400 } })
  const list = (await sandbox.get('/v2/calendars?limit=250')).body.data
  expect(list).toHaveLength(8)
  expect(new Set(list.map(({ account_email }: any) => account_email))).toContain('seed-8@example.test')
  const listed = async () => {
    const pages = list.map(async ({ calendar_id }: any) => {
      const { data } = (await sandbox.get(`/v2/calendars/${calendar_id}/events?limit=250`)).body
      return data.map(({ event_id, start_time }: any) => `${event_id} ${start_time}`)
    })
    return (await Promise.all(pages)).flat() as string[]
  }
  const before = new Set(await listed())
  const { touched } = (await sandbox.post('/sandbox/calendars/touch', { share: 0.1 })).body
  const moved = (await listed()).filter((text) => !before.has(text))
  expect(moved).toHaveLength(touched)
  expect(touched).toBeGreaterThan(10)
  expect(touched).toBeLessThan(100)
  await sandbox.advance(0)
  expect(receiver.received).toEqual([])
  await sandbox.post('/sandbox/calendars/touch', { share: 0.2, announce: true })
  await sandbox.advance(0)
  expect(new Set(receiver.received.map(({ body }) => body.event))).toEqual(new Set(['calendar.event_updated']))
  const raw = await sandbox.post('/v2/calendars/list-raw', oauth('seed-1@example.test'))
  expect(raw.body.data[0].id).toBe('seed-1@example.test')
})

test('a seeded calendar lives on: its window moves, its subscription is renewed', async () => {
  const sandbox = await startSandbox()
  const plan = { calendars: 1, eventsPerCalendar: 10, recurringShare: 1 }
  const { firstCalendarId: id } = (await sandbox.post('/sandbox/calendars/seed', plan)).body
  await sandbox.advance(20 * day * 60)
  const { data } = (await sandbox.get(`/v2/calendars/${id}/events?start_date=${at(35 * day)}`)).body
  expect(data.length).toBeGreaterThan(0)
  const { subscription_expires_at } = (await sandbox.get(`/v2/calendars/${id}`)).body.data
  expect(subscription_expires_at > at(20 * day)).toBe(true)
})
