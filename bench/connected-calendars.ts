import { newIntegration } from '@seer/core/calendars/connection/new-integration'
import type { Integration } from '@seer/core/calendars/integration'
import { digestOf } from '@seer/core/calendars/sync/diff-events'
import { readEventList } from '@seer/core/calendars/sync/read-event-list'
import { parseMeetingUrl } from '@seer/core/meetings/link/meeting-url'
import type { VendorCalendars } from '@seer/core/vendor/vendor-calendars'
import type { Database } from '@seer/infra/db/open-db'
import { newId } from '@seer/infra/ids'

type Parts = { db: Database; vendor: VendorCalendars }

/**
 * Stores a copy of all calendars at the vendor, as connections and first syncs would have left them.
 * @param ownerOf gives the id of the user who owns the calendar of this account
 */
export async function connectCalendars(
  { db, vendor }: Parts,
  ownerOf: (accountEmail: string) => string | Promise<string>,
): Promise<number> {
  let connected = 0
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<VendorCalendars['listCalendars']>> = await vendor.listCalendars({}, cursor)
    await Promise.all(
      page.items.map(async ({ calendarId, accountEmail }) => {
        const integration = await addIntegration(db, await ownerOf(accountEmail), calendarId, accountEmail)
        await copyEvents({ db, vendor }, integration)
      }),
    )
    connected += page.items.length
    cursor = page.nextCursor
  } while (cursor !== null)
  await db.pool.query('VACUUM ANALYZE')
  return connected
}

async function addIntegration(db: Database, userId: string, calendarId: string, accountEmail: string) {
  const now = new Date()
  const external = { externalCalendarId: accountEmail, name: null, accountEmail, pendingRefreshToken: 'none' }
  const fresh = newIntegration({ id: newId(), userId, provider: 'google', ...external, leaseUntil: now, now })
  // Checked just now, so that no check of the connections runs during the passes.
  const settled = { pendingRefreshToken: null, leaseUntil: null, dueAt: null, connectAttempts: 0, checkedAt: now }
  const integration: Integration = { ...fresh, ...settled, calendarId, status: 'active' as const }
  if (!(await db.integrations.add(integration))) throw new Error('The calendar is there already.')
  return integration
}

async function copyEvents({ db, vendor }: Parts, integration: Integration): Promise<void> {
  const from = new Date(Math.floor(Date.now() / 86_400_000) * 86_400_000 - 86_400_000)
  const context = { signal: new AbortController().signal, progress: () => {} }
  const list = await readEventList(vendor, integration.calendarId as string, from, context)
  const writes = [...list.events.values()].map((listed) => ({
    listed,
    fingerprint: list.fingerprints.get(listed.id) as string,
    details: null,
    joinKey: listed.meetingUrl && (parseMeetingUrl(listed.meetingUrl)?.joinKey ?? null),
    isOrganizer: false,
    removedAt: null,
    detailsDueAt: null,
  }))
  await db.calendarEvents.save(integration, writes, new Date())
  const counts = { created: 0, updated: 0, cancelled: 0, unchanged: 0, pages: 0, detailReads: 0 }
  const digest = digestOf(list.fingerprints.values())
  const at = new Date()
  const end = { integrationId: integration.id, served: 0, counts, digestBefore: null, digest, at, nextSyncAt: at }
  await db.integrations.finishSync(end)
}
