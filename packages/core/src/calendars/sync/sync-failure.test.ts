import { describe, expect, test } from 'vitest'
import { syncedCalendar } from '../../../testing/calendars/synced-calendar.ts'
import { PermanentError, RetryableError } from '../../basics/errors.ts'
import { giveUpSync } from './sync-calendar.ts'

const minute = 60_000

type Options = { syncEveryMs?: number; random?: () => number }

/** The pauses after one failure, two in a row, and so on, in minutes. */
async function pausesAfter(error: Error, failures: number, options: Options = {}) {
  const { syncEveryMs = 5 * minute, random = () => 0 } = options
  const { deps, integrationId, load, now } = await syncedCalendar()
  const pauses: number[] = []
  for (let i = 0; i < failures; i++) {
    await giveUpSync({ ...deps, syncEveryMs, random }, { integrationId }, error)
    const { nextSyncAt } = (await load(integrationId)).sync
    pauses.push(((nextSyncAt as Date).getTime() - now().getTime()) / minute)
  }
  return pauses
}

describe('the pause after a failure', () => {
  const ownFault = new PermanentError('VENDOR_REJECTED')

  test.each([
    'VENDOR_UNAVAILABLE',
    'VENDOR_TIMEOUT',
    'VENDOR_RATE_LIMITED',
    'VENDOR_PROTOCOL',
    'VENDOR_UNAUTHORIZED',
    'SERVICE_UNAVAILABLE',
    'JOB_TIMED_OUT',
  ] as const)('with %s, which is not the calendar’s fault, is never longer than two periods', async (code) => {
    expect(await pausesAfter(new RetryableError(code), 4)).toEqual([5, 10, 10, 10])
  })

  test('doubles to an hour when the calendar may be at fault', async () => {
    expect(await pausesAfter(ownFault, 6)).toEqual([5, 10, 20, 40, 60, 60])
    expect(await pausesAfter(new Error('bug'), 3)).toEqual([5, 10, 20])
  })

  test('is never shorter than a period', async () => {
    const rare = { syncEveryMs: 120 * minute }
    expect(await pausesAfter(ownFault, 3, rare)).toEqual([120, 120, 120])
    expect(await pausesAfter(ownFault, 3, { random: () => 0.999999 })).toEqual([
      5,
      expect.closeTo(7.5, 2),
      expect.closeTo(12.5, 2),
    ])
  })

  test('differs between calendars that failed together', async () => {
    expect(await pausesAfter(new RetryableError('VENDOR_TIMEOUT'), 2, { random: () => 0.5 })).toEqual([5, 8.75])
    const { deps, integrationId, load } = await syncedCalendar()
    const { random: _, ...byChance } = deps
    const seen = new Set<number>()
    for (let i = 0; i < 9; i++) {
      await giveUpSync(byChance, { integrationId }, ownFault)
      seen.add(Number((await load(integrationId)).sync.nextSyncAt))
    }
    expect(seen.size).toBeGreaterThan(5)
  })
})

describe('the message for a failure', () => {
  const toldOf = async (error: Error) => {
    const { deps, integrationId, load } = await syncedCalendar()
    await giveUpSync(deps, { integrationId }, error)
    const { lastErrorCode, lastErrorMessage } = (await load(integrationId)).sync
    return [lastErrorCode, lastErrorMessage]
  }

  test('says nothing about Seer’s insides when it is a bug', async () => {
    const told = await toldOf(new TypeError('relation "calendar_events" at 10.0.0.7\u0000'))
    expect(told).toEqual(['INTERNAL_ERROR', 'Something went wrong in Seer.'])
  })

  test('is one short line without characters that the database refuses when the error has a code', async () => {
    const odd = new RetryableError('VENDOR_TIMEOUT', { detail: 'No\u0000answer\r\ncame.\n' })
    expect(await toldOf(odd)).toEqual(['VENDOR_TIMEOUT', 'No answer came.'])
    const long = await toldOf(new RetryableError('VENDOR_TIMEOUT', { detail: '😀'.repeat(400) }))
    expect(long).toEqual(['VENDOR_TIMEOUT', '😀'.repeat(300)])
  })
})
