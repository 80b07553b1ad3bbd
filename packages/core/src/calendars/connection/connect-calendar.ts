import type { Clock } from '../../basics/clock.ts'
import { PermanentError, PostponedError, SeerError } from '../../basics/errors.ts'
import { hasSameLease, noLease } from '../../basics/lease.ts'
import type { SecretCipher } from '../../basics/secret-cipher.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import type { Cause, NewEntry } from '../../log/entry.ts'
import type { CalendarGrant, ConnectionStatus, VendorCalendars } from '../../vendor/vendor-calendars.ts'
import type { VendorLimits } from '../../vendor/vendor-limits.ts'
import { vendorWrite } from '../../vendor/vendor-write.ts'
import type { IntegrationStore } from '../calendar-store.ts'
import type { Integration } from '../integration.ts'
import { changeIntegration } from './change-integration.ts'
import { withStatus } from './connection-state.ts'
import { refreshTokenPlace } from './consent/refresh-token-place.ts'
import { findExisting, findOurs } from './find-at-vendor.ts'
import { releaseLease, takeLease } from './integration-lease.ts'

export type ConnectDeps = {
  integrations: Pick<
    IntegrationStore,
    'find' | 'saveChange' | 'remove' | 'linkedAmong' | 'isConnectedElsewhere' | 'hasOlderSetup'
  >
  vendor: Pick<VendorCalendars, 'createCalendar' | 'updateCalendar' | 'listCalendars' | 'getCalendar'>
  limits: Pick<VendorLimits, 'takeWriteSlot' | 'pauseWrites'>
  cipher: Pick<SecretCipher, 'open'>
  queue: Pick<JobQueue, 'wake'>
  now: Clock
}

export type ConnectOutcome = 'connected' | 'failed' | 'already_done'

/** A setup that the vendor has not confirmed by then is given up. */
const giveUpAfterMs = 24 * 3_600_000
/** As with bots (create-bot.ts). */
const wrongKeyPauseMs = 60_000
/** A setup usually takes seconds. */
const waitForOlderMs = 10_000

/**
 * Finishes a setup that was accepted but not confirmed, because the vendor was down or the process died. Safe to run
 * any number of times: before it creates a connection, it looks for one at the vendor and adopts it.
 */
export async function connectCalendar(
  deps: ConnectDeps,
  { integrationId }: { integrationId: string },
): Promise<ConnectOutcome> {
  const leased = await takeLease(deps, integrationId, nextAttempt)
  if (!leased) return 'already_done'
  try {
    await carryOut(deps, leased, 'worker')
    return 'connected'
  } catch (error) {
    const waiting = untilKeyIsMended(error)
    if (error instanceof PermanentError && !waiting) return await giveUp(deps, leased, error)
    if (isTooOld(leased, deps.now())) return await giveUp(deps, leased, new PermanentError(codeOf(error)))
    await releaseLease(deps, leased, waiting ?? error)
    throw waiting ?? error
  }
}

/** When the vendor refuses our key, that says nothing about the calendar, so the job waits. Null for other errors. */
function untilKeyIsMended(error: unknown): PostponedError | null {
  if (!(error instanceof PermanentError) || error.code !== 'VENDOR_UNAUTHORIZED') return null
  return new PostponedError(error.code, { delayMs: wrongKeyPauseMs, detail: error.message })
}

/**
 * Makes the calls of a leased setup: a new grant for an existing connection, or a new connection.
 * @throws whatever the vendor answers; the lease is then still held
 */
export async function carryOut(deps: ConnectDeps, leased: Integration, cause: Cause): Promise<Integration | null> {
  const token = deps.cipher.open(leased.pendingRefreshToken ?? '', refreshTokenPlace(leased.id))
  const grant: CalendarGrant = { provider: leased.provider, refreshToken: token }
  const calendar = (await updateExisting(deps, leased, grant)) ?? (await create(deps, leased, grant))
  return await recordConnected(deps, leased, calendar, cause)
}

type Connected = { calendarId: string; status: ConnectionStatus; accountEmail: string }

async function updateExisting(deps: ConnectDeps, leased: Integration, grant: CalendarGrant) {
  const mayExist = leased.connectAttempts > 1
  const calendarId = leased.calendarId ?? (mayExist ? await findOurs(deps, leased) : null)
  return calendarId === null ? null : await update(deps, calendarId, grant)
}

/** @returns null when the vendor no longer has the calendar */
async function update(deps: ConnectDeps, calendarId: string, grant: CalendarGrant): Promise<Connected | null> {
  try {
    const answer = await vendorWrite(deps.limits, () => deps.vendor.updateCalendar(calendarId, grant))
    return { calendarId, ...answer }
  } catch (error) {
    if (error instanceof PermanentError && error.code === 'VENDOR_CALENDAR_NOT_FOUND') return null
    throw error
  }
}

/** Only one connection of an account at a time. If two were made at once, nobody could tell which is which. */
async function create(deps: ConnectDeps, leased: Integration, grant: CalendarGrant): Promise<Connected> {
  if (await deps.integrations.hasOlderSetup(leased))
    throw new PostponedError('CALENDAR_BUSY', { delayMs: waitForOlderMs })
  try {
    return await vendorWrite(deps.limits, () => deps.vendor.createCalendar(grant, leased.externalCalendarId))
  } catch (error) {
    if (!(error instanceof PermanentError && error.code === 'VENDOR_CALENDAR_EXISTS')) throw error
    const adopted = await update(deps, await findExisting(deps, leased), grant)
    if (adopted) return adopted
    throw new PermanentError('CALENDAR_CONNECTED_ELSEWHERE')
  }
}

async function recordConnected(deps: ConnectDeps, leased: Integration, calendar: Connected, cause: Cause) {
  const at = deps.now()
  const connected = await changeIntegration(deps, leased.id, cause, (before) => {
    const type = before.calendarId === null ? ('calendar_connected' as const) : ('calendar_reconnected' as const)
    const entry: NewEntry<'integration'> = { type, occurredAt: at, data: { calendarId: calendar.calendarId } }
    const lease = hasSameLease(before, leased) ? noLease : {}
    const known = { ...before, calendarId: calendar.calendarId, ...lease }
    // If the calendar was deleted during the call, the new connection must go. If it was set up once more, that setup
    // goes on.
    if (before.status === 'disconnecting') return { next: { ...known, dueAt: at }, entries: [] }
    if (before.pendingRefreshToken !== leased.pendingRefreshToken) return { next: known, entries: [] }
    const active = withStatus(known, calendar.status, at)
    const next = {
      ...active,
      ...settled,
      refreshToken: leased.pendingRefreshToken,
      accountEmail: calendar.accountEmail,
      // The vendor's word about the old connection is out of date, so a check of the new one is owed.
      checkedAt: null,
    }
    return { next: { ...next, sync: { ...next.sync, nextSyncAt: active.sync.nextSyncAt && at } }, entries: [entry] }
  })
  return connected?.after ?? null
}

/** The fields without a running setup. */
const settled = {
  pendingRefreshToken: null,
  connectAttempts: 0,
  connectStartedAt: null,
  ...noLease,
  dueAt: null,
  statusMessage: null,
  lastErrorCode: null,
  lastErrorMessage: null,
}

/** Begins another attempt, unless nothing is pending or the calendar was deleted meanwhile. */
function nextAttempt(before: Integration): Integration | null {
  const isPending = before.pendingRefreshToken !== null && before.status !== 'disconnecting'
  return isPending ? { ...before, connectAttempts: before.connectAttempts + 1 } : null
}

/** The setup has failed for good. A new connection is kept as `failed`, so that its user can see why. */
async function giveUp(deps: ConnectDeps, leased: Integration, error: SeerError): Promise<'failed'> {
  const at = deps.now()
  await changeIntegration(deps, leased.id, 'worker', (before) => {
    // If it was set up once more meanwhile, that setup decides.
    if (!hasSameLease(before, leased)) return null
    // If it was deleted meanwhile, the deletion goes on.
    if (before.status === 'disconnecting') return { next: { ...before, ...noLease, dueAt: at }, entries: [] }
    const status = before.status === 'connecting' ? ('failed' as const) : before.status
    const lastError = { lastErrorCode: error.code, lastErrorMessage: error.message }
    const data = { code: error.code, message: error.message }
    // An earlier attempt may have left a connection at the vendor. A deletion or another setup must look for it.
    const connectAttempts = before.calendarId === null ? before.connectAttempts : 0
    return {
      next: { ...before, ...settled, ...lastError, connectAttempts, connectStartedAt: before.connectStartedAt, status },
      entries: [{ type: 'calendar_connect_failed' as const, occurredAt: at, data }],
    }
  })
  return 'failed'
}

function isTooOld({ connectStartedAt }: Integration, now: Date): boolean {
  return connectStartedAt !== null && now.getTime() - connectStartedAt.getTime() > giveUpAfterMs
}

function codeOf(error: unknown) {
  return error instanceof SeerError ? error.code : 'INTERNAL_ERROR'
}
