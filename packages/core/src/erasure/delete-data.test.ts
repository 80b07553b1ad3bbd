/** From the request until nothing is left, here and at the vendor. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { dataWorld } from '../../testing/erasure/data-world.ts'
import { expectAllGone, untilDone } from '../../testing/erasure/expect-all-gone.ts'
import { at } from '../../testing/meetings/builders.ts'
import { PermanentError, RetryableError } from '../basics/errors.ts'
import { holdBot } from './hold-bot.ts'

const folder = mkdtempSync(join(tmpdir(), 'seer-data-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const down = (code: 'VENDOR_UNAVAILABLE' | 'STORAGE_UNAVAILABLE' = 'VENDOR_UNAVAILABLE') =>
  new RetryableError(code, { detail: 'It is away.' })

test('everything goes: files, transcripts, names, chat, webhooks and the copy at the vendor', async () => {
  const world = await dataWorld(folder)
  expect(await world.transcripts.list(world.meeting.id)).toHaveLength(1)
  expect(world.storage.objects.size).toBe(3)
  expect((await world.request()).outcome).toBe('requested')
  expect(await world.stored()).toMatchObject({ artifacts: null, participants: null, speakers: null })
  await world.work()
  await expectAllGone(world)
})

test('asking again changes nothing and is answered with the receipt', async () => {
  const world = await dataWorld(folder)
  await world.request()
  await world.work()
  const before = await world.stored()
  expect((await world.request()).outcome).toBe('known')
  expect(await world.stored()).toEqual(before)
})

test('the last entry of the timeline is the receipt', async () => {
  const world = await dataWorld(folder)
  await world.request()
  await world.work()
  const { data } = (await world.timeline()).find(({ type }) => type === 'data_deleted') ?? { data: {} }
  expect(data).toMatchObject({ reason: 'request', storage: { files: 3 }, database: { utterances: 2 } })
})

describe('is refused', () => {
  test('while the bot has not ended', async () => {
    const world = await dataWorld(folder)
    const before = await world.stored()
    await world.meetings.saveChange({ before, next: { ...before, state: 'recording' }, entries: [], cause: 'sync' })
    expect(await world.request()).toEqual({ outcome: 'not_ended' })
  })

  test('while the data are on hold, and nothing is touched', async () => {
    const world = await dataWorld(folder)
    const order = { userId: world.meeting.userId, botId: world.meeting.id, reason: 'Case 7' }
    await holdBot(world, { ...order, hold: true })
    expect(await world.request()).toEqual({ outcome: 'on_hold' })
    expect(await world.retire('media')).toEqual({ outcome: 'on_hold' })
    await world.pass(5)
    expect(world.storage.objects.size).toBe(3)
    await holdBot(world, { ...order, hold: false, reason: null })
    expect((await world.request()).outcome).toBe('requested')
    expect((await world.timeline()).map(({ type }) => type)).toEqual(
      expect.arrayContaining(['hold_placed', 'hold_lifted']),
    )
  })
})

test('a hold comes too late for what is deleted', async () => {
  const world = await dataWorld(folder)
  await world.request()
  const order = { userId: world.meeting.userId, botId: world.meeting.id, hold: true, reason: null }
  expect(await holdBot(world, order)).toEqual({ outcome: 'already_deleted' })
})

describe('what cannot be removed at once', () => {
  test('at the vendor is in the receipt with the reason, and is tried again', async () => {
    const world = await dataWorld(folder)
    world.failNext('deleteBotData', down())
    await world.request()
    await world.work()
    expect(await world.receipt()).toMatchObject({
      state: 'deleting',
      left: [{ what: 'vendor', reason: 'VENDOR_UNAVAILABLE: It is away.' }],
    })
    await world.pass(2)
    await expectAllGone(world)
  })

  test('from the storage is in the receipt with the reason, and is tried again', async () => {
    const world = await dataWorld(folder)
    const { delete: remove } = world.storage
    world.storage.delete = async () => {
      throw down('STORAGE_UNAVAILABLE')
    }
    await world.request()
    await expect(world.work()).rejects.toThrow('It is away.')
    await world.pass(3).catch(() => {})
    expect((await world.receipt()).left).toContainEqual({
      what: 'file',
      kind: 'video',
      reason: 'STORAGE_UNAVAILABLE: It is away.',
    })
    world.storage.delete = remove
    await untilDone(world)
    await expectAllGone(world)
  })

  test('because the vendor says that the bot has not ended waits until it has', async () => {
    const world = await dataWorld(folder)
    world.failNext(
      'deleteBotData',
      new PermanentError('VENDOR_CONFLICT', { detail: 'Not ended.', upstreamStatus: 409 }),
    )
    await world.request()
    await world.work()
    expect((await world.receipt()).vendor).toMatchObject({ outcome: 'pending', reason: 'VENDOR_CONFLICT: Not ended.' })
    await untilDone(world)
    await expectAllGone(world)
  })

  test('is not waited for when the vendor does not know the bot, or has deleted it by itself', async () => {
    const unknown = await dataWorld(folder)
    unknown.failNext('deleteBotData', new PermanentError('VENDOR_BOT_NOT_FOUND', { upstreamStatus: 404 }))
    await unknown.request()
    await unknown.work()
    expect(await unknown.receipt()).toMatchObject({ state: 'deleted', vendor: { outcome: 'not_there' } })
    const late = await dataWorld(folder)
    late.setTime(at(35 + 4 * 24 * 60))
    late.failNext('deleteBotData', new PermanentError('VENDOR_UNAUTHORIZED', { detail: 'Wrong key.' }))
    await late.request()
    await late.work()
    const vendor = { outcome: 'expired', reason: 'VENDOR_UNAUTHORIZED: Wrong key.' }
    expect(await late.receipt()).toMatchObject({ state: 'deleted', vendor })
  })

  test('is a webhook that nobody has processed yet', async () => {
    const world = await dataWorld(folder)
    const id = await world.received(world.chat)
    await world.request()
    await world.work()
    expect((await world.receipt()).state).toBe('deleting')
    await world.inbox.saveProcessed({ webhookEventId: id, outcome: 'late', change: null, at: world.now() })
    await untilDone(world)
    expect(world.inbox.row(id).body).toBeNull()
    await expectAllGone(world)
  })
})
