import { PermanentError, PostponedError, RetryableError } from '../../basics/errors.ts'
import { hasSameLease, isFree, leaseFor, noLease } from '../../basics/lease.ts'
import type { SecretCipher } from '../../basics/secret-cipher.ts'
import type { CalendarProvider } from '../../vendor/calendar-providers.ts'
import type { CalendarGrant, RawCalendar, VendorCalendars } from '../../vendor/vendor-calendars.ts'
import { vendorWrite, type WriteLimits } from '../../vendor/vendor-write.ts'
import type { IntegrationStore } from '../calendar-store.ts'
import type { Integration } from '../integration.ts'
import { changeIntegration, removeIntegration } from './change-integration.ts'
import { type ConnectDeps, carryOut } from './connect-calendar.ts'
import { refreshTokenPlace } from './consent/refresh-token-place.ts'
import { connectLeaseMs, releaseLease } from './integration-lease.ts'
import { newIntegration } from './new-integration.ts'

export type CalendarSetup = {
  userId: string
  provider: CalendarProvider
  refreshToken: string
  /** Google's or Microsoft's id. `primary` or nothing means the account's primary calendar. */
  rawCalendarId?: string
}

/** `accepted`: the vendor has not confirmed it yet, and a job goes on with it. */
export type SetupOutcome = { outcome: 'connected' | 'accepted'; integration: Integration; isNew: boolean }

export type SetupDeps = Omit<ConnectDeps, 'integrations' | 'vendor' | 'cipher'> & {
  integrations: ConnectDeps['integrations'] & Pick<IntegrationStore, 'add' | 'findExternal'>
  vendor: ConnectDeps['vendor'] & Pick<VendorCalendars, 'listRawCalendars'>
  cipher: Pick<SecretCipher, 'open' | 'seal'>
  newId: () => string
}

/** When a setup without an answer is tried again. */
const retryAfterMs = 5_000
const tries = 5

/**
 * Connects a calendar, or gives a connected calendar a new token. The row is committed before the vendor is asked. So
 * if anything happens in between, connect-calendar finds the row and finishes the setup.
 * @throws PermanentError CALENDAR_TOKEN_REFUSED, CALENDAR_PERMISSION_DENIED, CALENDAR_NOT_FOUND,
 * CALENDAR_LIMIT_REACHED, CALENDAR_CONNECTED_ELSEWHERE, CALENDAR_AMBIGUOUS, CALENDAR_BUSY,
 * CALENDAR_PROVIDER_NOT_CONFIGURED; RetryableError when the vendor could not be asked about the account at all. In all
 * these cases nothing has changed.
 */
export async function setUpCalendar(deps: SetupDeps, setup: CalendarSetup): Promise<SetupOutcome> {
  const grant = { provider: setup.provider, refreshToken: setup.refreshToken }
  const calendar = await chooseCalendar(deps, grant, setup.rawCalendarId)
  const lease = await takeLease(deps, setup, calendar)
  const { leased } = lease
  const isNew = lease.previous?.calendarId == null
  try {
    const connected = await carryOut(deps, leased, 'api')
    return { outcome: 'connected', integration: connected ?? leased, isNew }
  } catch (error) {
    if (error instanceof RetryableError || error instanceof PostponedError) {
      return { outcome: 'accepted', integration: await handOver(deps, leased, error), isNew }
    }
    if (error instanceof PermanentError) await undo(deps, lease)
    throw error
  }
}

/**
 * The calendars that a grant gives access to. For the vendor this is a write, so it needs a slot of the write rate.
 * @throws what `VendorCalendars.listRawCalendars` throws; PostponedError when the slot is too far away to wait for
 */
export function listRawCalendars(
  { vendor, limits }: { vendor: Pick<VendorCalendars, 'listRawCalendars'>; limits: WriteLimits },
  grant: CalendarGrant,
): Promise<RawCalendar[]> {
  return vendorWrite(limits, () => vendor.listRawCalendars(grant))
}

async function chooseCalendar(deps: SetupDeps, grant: CalendarGrant, id = 'primary'): Promise<Chosen> {
  const calendars = await listRawCalendars(deps, grant)
  const primary = calendars.find(({ isPrimary }) => isPrimary) ?? calendars[0]
  const chosen = id === 'primary' ? primary : calendars.find((calendar) => calendar.id === id)
  if (!chosen || !primary) throw new PermanentError('CALENDAR_NOT_FOUND')
  // The vendor names a connection after its account, not after the calendar.
  return { ...chosen, accountEmail: primary.email }
}

type Chosen = RawCalendar & { accountEmail: string }

/** `previous` is the row before; null when there was none. */
type Lease = { leased: Integration; previous: Integration | null }

/** Commits the setup before it begins, and makes sure that nobody else does the same at the same time. */
async function takeLease(deps: SetupDeps, setup: CalendarSetup, calendar: Chosen): Promise<Lease> {
  for (let i = 0; i < tries; i++) {
    const existing = await deps.integrations.findExternal(setup.userId, setup.provider, calendar.id)
    const leased = existing ? await leaseExisting(deps, existing, setup, calendar) : await addNew(deps, setup, calendar)
    if (leased) return leased
  }
  throw new PermanentError('CALENDAR_BUSY')
}

async function addNew(deps: SetupDeps, setup: CalendarSetup, calendar: Chosen): Promise<Lease | null> {
  const { userId, provider, refreshToken } = setup
  const id = deps.newId()
  const now = deps.now()
  const { leaseUntil } = leaseFor(connectLeaseMs, now)
  const integration = newIntegration({
    id,
    userId,
    provider,
    externalCalendarId: calendar.id,
    name: calendar.name,
    accountEmail: calendar.accountEmail,
    pendingRefreshToken: deps.cipher.seal(refreshToken, refreshTokenPlace(id)),
    leaseUntil,
    now,
  })
  return (await deps.integrations.add(integration)) ? { leased: integration, previous: null } : null
}

async function leaseExisting(
  deps: SetupDeps,
  existing: Integration,
  setup: CalendarSetup,
  calendar: Chosen,
): Promise<Lease | null> {
  const pendingRefreshToken = deps.cipher.seal(setup.refreshToken, refreshTokenPlace(existing.id))
  const changed = await changeIntegration(deps, existing.id, 'api', (before) => {
    const now = deps.now()
    if (!isFree(before, now)) return { verdict: 'busy' }
    const lease = leaseFor(connectLeaseMs, now)
    const { name, accountEmail } = calendar
    // A connected calendar keeps its status until the new token is confirmed. A refused token must not disconnect it.
    const status = before.status === 'failed' || before.status === 'disconnecting' ? 'connecting' : before.status
    const times = { connectStartedAt: now, ...lease, dueAt: lease.leaseUntil }
    const connectAttempts = before.connectAttempts + 1
    const next = { ...before, ...times, name, accountEmail, status, pendingRefreshToken, connectAttempts }
    return { next, entries: [] }
  })
  if (changed?.verdict === 'busy') throw new PermanentError('CALENDAR_BUSY')
  return changed && { leased: changed.after, previous: changed.before }
}

async function handOver(deps: SetupDeps, leased: Integration, error: unknown): Promise<Integration> {
  await releaseLease(deps, leased, error, retryAfterMs)
  return leased
}

/** Undoes the setup after the vendor's refusal. */
async function undo(deps: SetupDeps, { leased, previous }: Lease): Promise<void> {
  if (!previous && (await removeIntegration(deps, leased))) return
  await changeIntegration(deps, leased.id, 'api', (before) => {
    if (!hasSameLease(before, leased)) return null
    // Deleted meanwhile: that goes on by itself.
    const isDeleted = !previous || before.status === 'disconnecting'
    if (isDeleted) return { next: { ...before, ...noLease, dueAt: deps.now() }, entries: [] }
    const { pendingRefreshToken, connectStartedAt, connectAttempts, dueAt, status } = previous
    const kept = { pendingRefreshToken, connectStartedAt, connectAttempts, dueAt: dueAt && deps.now() }
    return { next: { ...before, ...kept, status, ...noLease }, entries: [] }
  })
}
