/**
 * The vendor's answers about connected calendars. A field that cannot be read must not cost a connection, so most
 * fields have a fallback. An unknown status counts as `error`, which goes away with the next good status.
 */

import { type CalendarProvider, calendarProviders } from '@seer/core/vendor/calendar-providers'
import type { Page } from '@seer/core/vendor/vendor-bots'
import type { RawCalendar, VendorCalendar, VendorCalendarDetails } from '@seer/core/vendor/vendor-calendars'
import { z } from 'zod'
import { emailField, instant, instantOrNull, prose, proseOrNull, token } from '../wire/fields.ts'
import { readWord } from './event-words.ts'

/** Also the names that API v1 and the providers use. */
const platformNames: Record<string, CalendarProvider> = { outlook: 'microsoft', office365: 'microsoft' }
const platform = z.preprocess((name) => {
  const word = readWord(name)
  return platformNames[word] ?? word
}, z.enum(calendarProviders))

const inLowerCase = (value: unknown) => (typeof value === 'string' ? value.toLowerCase() : value)
export const statusField = z
  .preprocess(inLowerCase, z.enum(['active', 'error', 'revoked', 'permission_denied']))
  .catch('error')

/** Google's or Microsoft's id. Microsoft's have about 150 characters. */
const externalId = token(1_024)

const calendarFields = {
  calendar_id: token(100),
  calendar_platform: platform,
  account_email: emailField,
  status: statusField,
  synced_at: instantOrNull.catch(null),
  created_at: instant.catch(new Date(0)),
}
const calendar = z.object(calendarFields)

function toIntegration(fields: z.output<typeof calendar>): VendorCalendar {
  return {
    calendarId: fields.calendar_id,
    provider: fields.calendar_platform,
    accountEmail: fields.account_email,
    status: fields.status,
    syncedAt: fields.synced_at,
    createdAt: fields.created_at,
  }
}

export const createdCalendarAnswer = z.object({ data: calendar.transform(toIntegration) })

/** Entries without a usable id are left out. */
export const calendarListAnswer = z
  .object({ data: z.array(calendar.transform(toIntegration).nullable().catch(null)), cursor: z.string().nullish() })
  .transform(({ data, cursor }): Page<VendorCalendar> & { unreadable: number } => {
    const items = data.filter((item) => item !== null)
    return { items, nextCursor: cursor || null, unreadable: data.length - items.length }
  })

export const updatedCalendarAnswer = z.object({ data: z.object({ status: statusField, account_email: emailField }) })

const detailFields = {
  status_message: proseOrNull(1_000).catch(null),
  subscription_expires_at: instantOrNull.catch(null),
  sync_error: proseOrNull(1_000).catch(null),
  provider_metadata: z.record(z.string(), z.unknown()).nullish().catch(null),
}

export const calendarDetailsAnswer = z.object({
  data: z.object({ ...calendarFields, ...detailFields }).transform((fields): VendorCalendarDetails => {
    return {
      ...toIntegration(fields),
      statusMessage: fields.status_message,
      subscriptionExpiresAt: fields.subscription_expires_at,
      syncError: fields.sync_error,
      externalCalendarId: externalIdIn(fields.provider_metadata ?? {}),
    }
  }),
})

/** The vendor does not publish what its metadata holds. Its API and the providers use these names for the id. */
function externalIdIn(metadata: Record<string, unknown>): string | null {
  const names = ['id', 'calendar_id', 'calendarId', 'raw_calendar_id']
  const found = names.map((name) => externalId.safeParse(metadata[name]))
  return found.find(({ success }) => success)?.data ?? null
}

const rawCalendar = z
  .object({
    id: externalId,
    name: prose(1_000).catch(''),
    email: emailField.catch(''),
    is_primary: z.boolean().catch(false),
  })
  .transform(({ id, name, email, is_primary }): RawCalendar => ({ id, name: name || id, email, isPrimary: is_primary }))

export const rawCalendarsAnswer = z
  .object({ data: z.array(rawCalendar.nullable().catch(null)) })
  .transform(({ data }) => data.filter((item) => item !== null))
