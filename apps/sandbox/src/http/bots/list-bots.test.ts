import { describe, expect, test } from 'vitest'
import { botRequest, startSandbox, type TestSandbox, testStart } from '../../../testing/harness.ts'

const iso = (seconds: number) => new Date(testStart + seconds * 1000).toISOString()

async function names(sandbox: TestSandbox, query: string): Promise<string[]> {
  const { body } = await sandbox.get(`/v2/bots?${query}`)
  return body.data.map((bot: { bot_name: string }) => bot.bot_name)
}

describe('pages', () => {
  test('go from the newest to the oldest and back, with null cursors at the ends', async () => {
    const sandbox = await startSandbox()
    for (const bot_name of ['a', 'b', 'c', 'd', 'e']) await sandbox.send({ bot_name })
    const page = async (cursor: string | null) => {
      const { body } = await sandbox.get(`/v2/bots?limit=2${cursor ? `&cursor=${cursor}` : ''}`)
      return { ...body, names: body.data.map((bot: { bot_name: string }) => bot.bot_name).join('') }
    }
    const first = await page(null)
    const second = await page(first.cursor)
    const third = await page(second.cursor)
    expect([first.names, second.names, third.names]).toEqual(['ed', 'cb', 'a'])
    expect([first.prev_cursor, third.cursor]).toEqual([null, null])
    const backToSecond = await page(third.prev_cursor)
    const backToFirst = await page(backToSecond.prev_cursor)
    expect([backToSecond.names, backToFirst.names]).toEqual(['cb', 'ed'])
    expect(backToFirst.prev_cursor).toBeNull()
    expect(backToFirst.cursor).toBe(first.cursor)
  })

  test('do not repeat or skip a bot when new ones arrive meanwhile', async () => {
    const sandbox = await startSandbox()
    for (const bot_name of ['a', 'b', 'c']) await sandbox.send({ bot_name })
    const { cursor } = (await sandbox.get('/v2/bots?limit=2')).body
    await sandbox.send({ bot_name: 'd' })
    expect(await names(sandbox, `limit=2&cursor=${cursor}`)).toEqual(['a'])
  })

  test('have cursors of base64 `<iso>::<id>`', async () => {
    const sandbox = await startSandbox()
    const [, newest] = [await sandbox.send(), await sandbox.send()]
    const { cursor } = (await sandbox.get('/v2/bots?limit=1')).body
    expect(Buffer.from(cursor, 'base64').toString()).toBe(`${iso(0)}::${newest}`)
  })

  test('refuse bad cursors and sizes', async () => {
    const sandbox = await startSandbox()
    for (const query of ['limit=0', 'limit=251', 'limit=x', 'cursor=nonsense', 'status=asleep', 'extra=novalue']) {
      expect((await sandbox.get(`/v2/bots?${query}`)).status, query).toBe(400)
    }
    expect((await sandbox.get('/v2/bots?limit=250')).status).toBe(200)
  })

  test('of 250 walk through 10,000 bots in a moment', async () => {
    const sandbox = await startSandbox()
    for (let batch = 0; batch < 100; batch++) await sandbox.post('/v2/bots/batch', Array(100).fill(botRequest))
    const began = process.cpuUsage()
    const seen = new Set<string>()
    let cursor: string | null = null
    do {
      const { body } = await sandbox.get(`/v2/bots?limit=250&status=queued${cursor ? `&cursor=${cursor}` : ''}`)
      for (const { bot_id } of body.data) seen.add(bot_id)
      cursor = body.cursor
    } while (cursor)
    expect(seen.size).toBe(10_000)
    // Not by the clock, which runs on while others use the processor.
    expect(process.cpuUsage(began).user / 1_000).toBeLessThan(3_000)
  })
})

describe('filters', () => {
  test('extra compares exactly, as text, and all conditions must hold', async () => {
    const sandbox = await startSandbox()
    await sandbox.send({ bot_name: 'a', extra: { id: '12', team: 'x' } })
    await sandbox.send({ bot_name: 'b', extra: { id: 12, team: 'y' } })
    await sandbox.send({ bot_name: 'c', extra: { id: '123' } })
    await sandbox.send({ bot_name: 'd' })
    expect(await names(sandbox, 'extra=id:12')).toEqual(['b', 'a'])
    expect(await names(sandbox, 'extra=id:12,team:x')).toEqual(['a'])
    expect(await names(sandbox, 'extra=team:X')).toEqual([])
    expect(await names(sandbox, 'extra=constructor:x')).toEqual([])
  })

  test('text matches parts, platform and status match lists', async () => {
    const sandbox = await startSandbox()
    const id = await sandbox.send({ bot_name: 'Sales', meeting_url: 'https://zoom.us/j/777777777?sandbox=crash' })
    await sandbox.send({ bot_name: 'Support' })
    await sandbox.advance(3600)
    await sandbox.send({ bot_name: 'Later', meeting_url: 'https://teams.live.com/meet/9314067569126' })
    expect(await names(sandbox, 'bot_name=SAL')).toEqual(['Sales'])
    expect(await names(sandbox, `bot_id=${id.slice(3, 20)}`)).toEqual(['Sales'])
    expect(await names(sandbox, 'meeting_url=ZOOM.us')).toEqual(['Sales'])
    expect(await names(sandbox, 'meeting_platform=zoom,teams')).toEqual(['Later', 'Sales'])
    expect(await names(sandbox, 'status=completed,failed')).toEqual(['Support', 'Sales'])
    expect(await names(sandbox, 'participant_name=okafor&status=completed')).toEqual(['Support'])
    expect(await names(sandbox, `ended_after=${iso(300)}`)).toEqual(['Support'])
  })

  test('created_after and created_before are exclusive, at most 90 days back and not in the future', async () => {
    const sandbox = await startSandbox({ realNow: () => testStart })
    await sandbox.send({ bot_name: 'first' })
    await sandbox.advance(60)
    await sandbox.send({ bot_name: 'second' })
    await sandbox.advance(60)
    expect(await names(sandbox, `created_after=${iso(0)}`)).toEqual(['second'])
    expect(await names(sandbox, `created_before=${iso(60)}`)).toEqual(['first'])
    const day = 24 * 3600
    for (const seconds of [121, 120 - 91 * day]) {
      expect((await sandbox.get(`/v2/bots?created_after=${iso(seconds)}`)).status).toBe(400)
    }
    expect((await sandbox.get('/v2/bots?created_after=2026-03-11T15:00:00%2B01:00')).status).toBe(400)
  })

  test('bots older than 90 days are out of sight', async () => {
    const sandbox = await startSandbox()
    await sandbox.send()
    await sandbox.advance(90 * 24 * 3600 + 1)
    expect(await names(sandbox, '')).toEqual([])
  })
})
