/** The connected calendar as the API shows it. */
import { integrationStatuses } from '@seer/core/calendars/integration'
import { syncStandings } from '@seer/core/calendars/sync/sync-standing'
import { causes } from '@seer/core/log/entry'
import { entryTypes } from '@seer/core/log/entry-types'
import { calendarProviders } from '@seer/core/vendor/calendar-providers'
import { z } from 'zod'
import { anyId } from '../query-fields.ts'

const time = z.iso.datetime()
const timeOrNull = time.nullable()

const SyncCounts = z
  .object({
    created: z.int(),
    updated: z.int(),
    cancelled: z.int().meta({ description: 'Events that were cancelled, declined or removed.' }),
    unchanged: z.int(),
  })
  .meta({ id: 'SyncCounts' })

const Sync = z
  .object({
    state: z.enum(syncStandings).meta({
      description:
        '`never`: not read yet. `pending`: somebody has asked for a sync, and it has not ended. `ok`: our copy is what Meeting BaaS had at `lastSyncedAt`. `failing`: the last attempt failed, and Seer tries again. `stopped`: Seer has lost access, and does not read the calendar.',
    }),
    nextSyncAt: timeOrNull.meta({ description: 'The earliest time at which the calendar is read again.' }),
    lastResult: SyncCounts.nullable().meta({ description: 'What the last successful sync found.' }),
    failures: z.int().meta({ description: 'How many syncs have failed since the last successful one.' }),
    error: z
      .object({ code: z.string(), message: z.string().nullable(), at: timeOrNull })
      .nullable()
      .meta({ description: 'Why the last sync failed; null after a success.' }),
  })
  .meta({ id: 'IntegrationSync' })

const Action = z
  .object({
    code: z.enum(['reconnect', 'grant_permission', 'connect_again']),
    message: z.string().meta({ description: 'One sentence for the user.' }),
    oauthStartPath: z.string().optional().meta({
      description:
        'The path at which the user’s consent for this calendar begins. Absent when this installation has no OAuth client for the provider.',
    }),
  })
  .meta({ id: 'IntegrationAction' })

export const Integration = z
  .object({
    id: z.uuid(),
    userId: z.uuid(),
    provider: z.enum(calendarProviders),
    calendarId: z.string().nullable().meta({ description: 'The calendar’s id at Meeting BaaS, once it is connected.' }),
    externalCalendarId: z.string().meta({ description: 'The calendar’s id at Google or Microsoft.' }),
    name: z.string().nullable(),
    accountEmail: z.string(),
    status: z.enum(integrationStatuses).meta({
      description:
        '`connecting`: accepted, but not confirmed by Meeting BaaS yet. `active`: connected. `error`: a problem that goes away by itself. `revoked`, `permission_denied`: Seer has lost access; see `action`. `failed`: the calendar could not be connected. `disconnecting`: you have disconnected it.',
    }),
    isActive: z.boolean().meta({
      description: 'Whether Seer keeps the calendar up to date, which it does when `status` is `active` or `error`.',
    }),
    statusMessage: z.string().nullable().meta({ description: 'What Meeting BaaS says about the status.' }),
    action: Action.nullable().meta({ description: 'What the user must do. Null means nothing.' }),
    subscriptionExpiresAt: timeOrNull.meta({
      description: 'Until when Google or Microsoft reports changes at once. Seer renews it before it ends.',
    }),
    lastSyncedAt: timeOrNull.meta({ description: 'When our copy of the events was last known to be right.' }),
    sync: Sync,
    isStale: z.boolean().meta({ description: 'Whether our copy is older than three sync periods.' }),
    lastError: z
      .object({ code: z.string(), message: z.string().nullable() })
      .nullable()
      .meta({ description: 'The last problem with the connection; null after a success.' }),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Integration' })
export type Integration = z.output<typeof Integration>

export const IntegrationEntry = z
  .object({
    seq: z.int().meta({ description: 'Numbers the entries of this calendar from 1, without gaps.' }),
    type: z.enum(entryTypes.integration),
    occurredAt: time,
    recordedAt: time.meta({ description: 'When Seer wrote it down.' }),
    cause: z.enum(causes),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'IntegrationEntry' })
export type IntegrationEntry = z.output<typeof IntegrationEntry>

/** A calendar that keeps losing and regaining access has more; the newest matter. */
export const entriesShown = 200

export const IntegrationWithTimeline = Integration.extend({
  timeline: z.array(IntegrationEntry).meta({
    description: `What happened to the connection, oldest first. At most the newest ${entriesShown} entries.`,
  }),
}).meta({ id: 'IntegrationWithTimeline' })

export const CalendarParams = z.strictObject({
  integrationId: anyId().meta({ description: 'The calendar’s `id`, or its `calendarId`.' }),
})
