import { createHash } from 'node:crypto'
import type { SeriesFacts } from './series.ts'

export const calendarPlatforms = ['google', 'microsoft'] as const
export type CalendarPlatform = (typeof calendarPlatforms)[number]

/**
 * What the provider says to a refresh token:
 * - `revoked`: the user withdrew the access.
 * - `expired`: the token no longer works.
 * - `permission_denied`: the scopes do not suffice.
 * - `licence_missing`: a Microsoft account without a mailbox licence.
 * - `temporary_error`: the provider is down.
 */
export const authVerdicts = [
  'ok',
  'revoked',
  'expired',
  'permission_denied',
  'licence_missing',
  'temporary_error',
] as const
export type AuthVerdict = (typeof authVerdicts)[number]

/** A calendar as its provider knows it. */
export type RawCalendar = {
  readonly id: string
  readonly name: string
  readonly isPrimary: boolean
  readonly account: ProviderAccount
  readonly series: Map<string, ProviderSeries>
}

/** Somebody's account at Google or Microsoft. */
export type ProviderAccount = {
  /** `google:alice@acme.test` */
  readonly id: string
  readonly platform: CalendarPlatform
  readonly email: string
  readonly calendars: RawCalendar[]
  auth: AuthVerdict
  /** Whether the provider tells the vendor of changes while there is a subscription. */
  push: boolean
}

export type RawCalendarInput = { id?: string | undefined; name: string; isPrimary?: boolean | undefined }

const twoCalendars: RawCalendarInput[] = [{ name: 'Calendar', isPrimary: true }, { name: 'Team' }]

/**
 * A new account with a primary and a secondary calendar, unless others are given. The ids depend only on the e-mail.
 */
export function createProviderAccount(
  platform: CalendarPlatform,
  email: string,
  calendars: RawCalendarInput[] = twoCalendars,
): ProviderAccount {
  const account: ProviderAccount = {
    id: accountId(platform, email),
    platform,
    email,
    calendars: [],
    auth: 'ok',
    push: true,
  }
  for (const { id, name, isPrimary = false } of calendars) {
    const rawId = id ?? rawCalendarId(platform, email, name, isPrimary)
    account.calendars.push({ id: rawId, name, isPrimary, account, series: new Map() })
  }
  return account
}

export const accountId = (platform: CalendarPlatform, email: string): string => `${platform}:${email}`

/**
 * The account that a new token belongs to: `alice@acme.test` is its own e-mail, and `sandbox-alice` belongs to
 * alice@example.test. What follows a `#` only tells tokens of one account apart.
 */
export function emailOfToken(token: string): string {
  const name = token.split('#')[0] as string
  if (/^[^\s@]+@[^\s@]+$/.test(name)) return name.toLowerCase()
  const [, local] = /^sandbox-([\w.+-]+)$/.exec(name) ?? []
  return `${local?.toLowerCase() ?? `user-${digest(name).slice(0, 8)}`}@example.test`
}

/** At Google the id of a primary calendar is the e-mail. All other ids are opaque. */
function rawCalendarId(platform: CalendarPlatform, email: string, name: string, isPrimary: boolean): string {
  const opaque = digest(`${email} ${name}`)
  if (platform === 'microsoft') return `AAMkAG${Buffer.from(opaque.slice(0, 48)).toString('base64url')}`
  return isPrimary ? email : `c_${opaque.slice(0, 32)}@group.calendar.google.com`
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')

/** An event or a series in a provider's calendar. `facts` is what the provider knows of it now. */
export type ProviderSeries = {
  readonly id: string
  readonly calendar: RawCalendar
  facts: SeriesFacts
}
