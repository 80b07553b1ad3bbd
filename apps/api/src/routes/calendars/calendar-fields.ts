/** Parts of requests about calendars. */
import { type CalendarProvider, calendarProviders } from '@seer/core/vendor/calendar-providers'
import { z } from 'zod'
import { refusal } from '../../problems/validation.ts'

const isProvider = (name: string): name is CalendarProvider => calendarProviders.includes(name as CalendarProvider)

/** Refused with a code of its own. */
export const providerField = () =>
  z
    .string()
    .transform((name, context) => {
      if (isProvider(name)) return name
      context.issues.push(refusal('UNKNOWN_CALENDAR_PROVIDER', 'must be google or microsoft', name))
      return z.NEVER
    })
    .meta({ enum: calendarProviders, description: 'Whether the calendar is at Google or at Microsoft.' })

export const ProviderParams = z.strictObject({ provider: providerField() })

/** Google's and Microsoft's ids are opaque; Microsoft's have up to some 200 characters. */
export const rawCalendarIdField = () =>
  z
    .string()
    .min(1)
    .max(1_024)
    .meta({
      description: 'The calendar’s id at Google or Microsoft. `primary` means the account’s primary calendar.',
      examples: ['primary'],
    })
