import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { BotRequest, VendorBots } from '../../src/vendor/vendor-bots.ts'
import { aMeeting } from '../meetings/builders.ts'

/** A vendor together with the meetings that its bots are in. */
export type VendorWorld = {
  vendor: VendorBots
  /** The vendor's time. */
  now(): Date
  /** Lets time go by at the vendor. Meetings last less than an hour; bots are recording after 2 minutes. */
  advance(minutes: number): Promise<void>
  meetingUrl: string
  /** A meeting whose host lets no bot in. */
  refusingMeetingUrl: string
}

/** What every VendorBots must keep. */
export function vendorBotsContract(open: () => Promise<VendorWorld>): void {
  let world: VendorWorld
  let vendor: VendorBots
  beforeAll(async () => {
    world = await open()
    vendor = world.vendor
  })

  const inMinutes = (minutes: number) => new Date(world.now().getTime() + minutes * 60_000)

  function aRequest(changes: Partial<BotRequest> = {}): BotRequest {
    const { id, botName, botConfig: config } = aMeeting()
    return { meetingId: id, meetingUrl: world.meetingUrl, botName, config, extra: null, joinAt: null, ...changes }
  }

  async function created(changes: Partial<BotRequest> = {}) {
    const request = aRequest(changes)
    return { ...(await vendor.createBot(request)), meetingId: request.meetingId }
  }

  async function listActive(): Promise<Map<string, { status: string; meetingId: string | null }>> {
    const bots = new Map()
    for (let cursor: string | null = null, page = null; page?.nextCursor !== null; cursor = page.nextCursor) {
      page = await vendor.listActiveBots(cursor)
      for (const bot of page.items) bots.set(bot.botId, bot)
    }
    return bots
  }

  describe('a bot that joins now', () => {
    test('is found by our meeting id and listed as active', async () => {
      const { botId, meetingId } = await created()
      expect(await vendor.findBots(meetingId)).toMatchObject([{ botId, meetingId, status: 'queued' }])
      expect((await listActive()).get(botId)).toMatchObject({ meetingId, status: 'queued' })
      const queued = { kind: 'status', code: 'queued', message: null, recordingStartedAt: null }
      expect(await vendor.getBot(botId)).toEqual({ ...queued, at: null })
      expect(await vendor.getBotStatus(botId)).toEqual({ ...queued, at: null, notedAt: expect.any(Date) })
    })

    test('carries our meeting id even when the caller’s data claims another', async () => {
      const forged = { seer_meeting_id: randomUUID(), customer: 'c-1' }
      const { botId, meetingId } = await created({ extra: forged })
      expect(await vendor.findBots(meetingId)).toMatchObject([{ botId }])
      expect(await vendor.findBots(forged.seer_meeting_id)).toEqual([])
    })

    test('made twice for one meeting is found twice, oldest first', async () => {
      const first = await created()
      await world.advance(1)
      const second = await created({ meetingId: first.meetingId })
      const found = await vendor.findBots(first.meetingId)
      expect(found.map(({ botId }) => botId)).toEqual([first.botId, second.botId])
    })

    test('completes with links, people and times, and is active no more', async () => {
      const { botId, meetingId } = await created()
      await world.advance(2)
      expect(await vendor.getBotStatus(botId)).toMatchObject({ code: 'in_call_recording' })
      await world.advance(60)
      const fact = await vendor.getBot(botId)
      expect(fact).toMatchObject({
        kind: 'completed',
        artifacts: { video: expect.stringMatching(/^https?:/) },
        artifactsExpireAt: expect.any(Date),
        joinedAt: expect.any(Date),
        exitedAt: expect.any(Date),
        durationSeconds: expect.any(Number),
      })
      expect((await listActive()).has(botId)).toBe(false)
      expect(await vendor.findBots(meetingId)).toMatchObject([{ botId, status: 'completed' }])
    })

    test('is in the list of bots sent since a time, also once it has ended', async () => {
      const { botId, meetingId } = await created()
      await world.advance(60)
      const [found] = await vendor.findBots(meetingId)
      const since = new Date((found?.createdAt.getTime() ?? 0) - 60_000)
      const page = await vendor.listBotsSince(since, null)
      expect(page.items.find((bot) => bot.botId === botId)).toMatchObject({ meetingId, status: 'completed' })
    })

    test('fails with the vendor’s code when the host refuses it', async () => {
      const { botId } = await created({ meetingUrl: world.refusingMeetingUrl })
      await world.advance(60)
      expect(await vendor.getBot(botId)).toMatchObject({ kind: 'failed', code: 'BOT_NOT_ACCEPTED', results: null })
    })

    test('leaves when told to, and cannot be told twice', async () => {
      const { botId } = await created()
      await world.advance(2)
      await vendor.leaveBot(botId)
      await world.advance(5)
      expect(await vendor.getBot(botId)).toMatchObject({ kind: 'completed' })
      await expect(vendor.leaveBot(botId)).rejects.toMatchObject({ code: 'VENDOR_CONFLICT' })
    })

    test('that leaves before it records has failed', async () => {
      const { botId } = await created()
      await vendor.leaveBot(botId)
      await world.advance(5)
      expect(await vendor.getBot(botId)).toMatchObject({ kind: 'failed', code: 'EXITING_MEETING_BEFORE_RECORD' })
    })

    test('gives up its data once it has ended, any number of times', async () => {
      const { botId } = await created()
      await expect(vendor.deleteBotData(botId)).rejects.toMatchObject({ code: 'VENDOR_CONFLICT' })
      await world.advance(60)
      await vendor.deleteBotData(botId)
      await vendor.deleteBotData(botId)
      expect(await vendor.getBot(botId)).toMatchObject({ kind: 'completed', artifacts: { video: null, audio: null } })
    })
  })

  describe('another transcription', () => {
    test('of an ended bot is begun, and in the end there is another file', async () => {
      const { botId } = await created()
      await expect(vendor.retranscribe(botId, { apiKey: null })).rejects.toMatchObject({ code: 'VENDOR_CONFLICT' })
      await world.advance(60)
      await vendor.retranscribe(botId, { apiKey: 'fake-key' })
      await world.advance(60)
      expect(await vendor.getBot(botId)).toMatchObject({ artifacts: { transcription: expect.any(String) } })
    })
  })

  describe('a bot that joins later', () => {
    test('is found, but no bot yet', async () => {
      const { botId, meetingId } = await created({ joinAt: inMinutes(600) })
      expect(await vendor.findBots(meetingId)).toMatchObject([{ botId, meetingId, status: 'scheduled' }])
      expect((await listActive()).has(botId)).toBe(false)
      expect(await vendor.getBot(botId)).toBeNull()
      await expect(vendor.getBotStatus(botId)).rejects.toMatchObject({ code: 'VENDOR_BOT_NOT_FOUND' })
    })

    test('starts by itself under the same id', async () => {
      const { botId, meetingId } = await created({ joinAt: inMinutes(30) })
      await world.advance(32)
      expect(await vendor.getBot(botId)).toMatchObject({ kind: 'status' })
      expect((await listActive()).has(botId)).toBe(true)
      const found = await vendor.findBots(meetingId)
      expect(found).toMatchObject([{ botId }])
      expect(found[0]?.status).not.toBe('scheduled')
    })

    test.each(['cancelScheduledBot', 'leaveBot'] as const)('is cancelled by %s', async (action) => {
      const { botId, meetingId } = await created({ joinAt: inMinutes(30) })
      await vendor[action](botId)
      await world.advance(60)
      expect(await vendor.getBot(botId)).toMatchObject({ kind: 'cancelled', at: expect.any(Date) })
      expect(await vendor.findBots(meetingId)).toMatchObject([{ botId, status: 'cancelled' }])
      await expect(vendor[action](botId)).rejects.toMatchObject({ code: 'VENDOR_CONFLICT' })
    })
  })

  describe('a booked bot that is changed', () => {
    const conflict = { name: 'PermanentError', code: 'VENDOR_CONFLICT' }

    async function booked(minutes: number) {
      const request = aRequest({ joinAt: inMinutes(minutes), extra: { seer_meeting_id: randomUUID() } })
      const { botId } = await vendor.createBot(request)
      const update = (changes: Partial<BotRequest>) => vendor.updateScheduledBot(botId, { ...request, ...changes })
      return { botId, meetingId: request.meetingId, update }
    }

    test('later, by any number of the same changes: joins at the new time, with the new link', async () => {
      const { botId, meetingId, update } = await booked(30)
      const changes = { joinAt: inMinutes(90), meetingUrl: world.refusingMeetingUrl }
      await update(changes)
      await update(changes)
      await world.advance(60)
      expect(await vendor.getBot(botId)).toBeNull()
      expect(await vendor.findBots(meetingId)).toMatchObject([{ botId, meetingId, status: 'scheduled' }])
      await world.advance(90)
      expect(await vendor.getBot(botId)).toMatchObject({ kind: 'failed', code: 'BOT_NOT_ACCEPTED' })
    })

    test('to be earlier: joins at the new time', async () => {
      const { botId, update } = await booked(600)
      await update({ joinAt: inMinutes(10) })
      await world.advance(12)
      expect(await vendor.getBotStatus(botId)).toMatchObject({ code: 'in_call_recording' })
    })

    test('less than 4 minutes before its time: is locked and stays as it was', async () => {
      const { botId, update } = await booked(30)
      const joinAt = inMinutes(90)
      await world.advance(27)
      const changing = update({ joinAt, meetingUrl: world.refusingMeetingUrl })
      await expect(changing).rejects.toMatchObject(conflict)
      await world.advance(5)
      expect(await vendor.getBotStatus(botId)).toMatchObject({ code: 'in_call_recording' })
    })

    test('to a time less than 4 minutes ahead: is refused and stays as it was', async () => {
      const { botId, update } = await booked(30)
      const refused = { name: 'PermanentError', code: expect.stringMatching(/^VENDOR_(REJECTED|CONFLICT)$/) }
      for (const minutes of [3, -30]) {
        await expect(update({ joinAt: inMinutes(minutes) })).rejects.toMatchObject(refused)
      }
      await world.advance(10)
      expect(await vendor.getBot(botId)).toBeNull()
    })

    test('after it has started, also once it has ended: is a conflict', async () => {
      const { update } = await booked(30)
      for (const minutes of [32, 60]) {
        await world.advance(minutes)
        await expect(update({ joinAt: inMinutes(90) })).rejects.toMatchObject(conflict)
      }
    })

    test('after it was cancelled: is a conflict, and it stays away', async () => {
      const { botId, update } = await booked(30)
      await vendor.cancelScheduledBot(botId)
      await expect(update({ joinAt: inMinutes(90) })).rejects.toMatchObject(conflict)
      await world.advance(92)
      expect(await vendor.getBot(botId)).toMatchObject({ kind: 'cancelled' })
    })

    test('but joins at once, or was never made: is not known', async () => {
      const { botId } = await created()
      for (const id of [botId, randomUUID()]) {
        const changing = vendor.updateScheduledBot(id, aRequest({ joinAt: inMinutes(90) }))
        await expect(changing).rejects.toMatchObject({ code: 'VENDOR_BOT_NOT_FOUND' })
      }
    })

    test('to have no time: is a mistake of the caller', async () => {
      const { update } = await booked(30)
      await expect(update({ joinAt: null })).rejects.toMatchObject({ name: 'Error' })
    })
  })

  describe('nothing', () => {
    test('is found for a meeting that has no bot', async () => {
      expect(await vendor.findBots(randomUUID())).toEqual([])
    })

    test.each(['getBot', 'getBotStatus', 'leaveBot', 'cancelScheduledBot', 'deleteBotData'] as const)(
      '%s does not know a bot that was never made',
      async (method) => {
        const expected = { name: 'PermanentError', code: 'VENDOR_BOT_NOT_FOUND', upstreamStatus: 404 }
        await expect(vendor[method](randomUUID())).rejects.toMatchObject(expected)
      },
    )
  })

  test('active bots come in pages of 250, newest first, none twice and none missing', async () => {
    const made: string[] = []
    for (let i = 0; i < 260; i++) made.push((await created()).botId)
    const first = await vendor.listActiveBots(null)
    expect(first.items).toHaveLength(250)
    expect(first.items.map(({ botId }) => botId)).toEqual(made.slice(-250).reverse())
    expect([...(await listActive()).keys()]).toEqual(expect.arrayContaining(made))
  })
}
