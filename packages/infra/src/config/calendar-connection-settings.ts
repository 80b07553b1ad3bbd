/** Settings for connecting users' calendars: OAuth clients at Google and Microsoft, and keys for tokens. */
import type { CalendarProvider } from '@seer/core/vendor/calendar-providers'
import { z } from 'zod'
import { readEncryptionKey } from '../crypto/encryption-key.ts'
import { isLoopback } from '../oauth/is-loopback.ts'
import { list, url } from './fields.ts'
import type { SettingsRule } from './parse-environment.ts'

type Settings<Fragment extends z.ZodRawShape> = z.output<z.ZodObject<Fragment>>

const howToMakeAKey = 'make one with: openssl rand -base64 32'

export const encryptionKeySettings = {
  ENCRYPTION_KEYS: list()
    .refine((keys) => keys.every(readEncryptionKey), `must be 32 bytes each, in base64; ${howToMakeAKey}`)
    .refine(areDistinct, 'must not have the same key twice')
    .default([])
    .meta({
      description:
        'Keys for stored calendar tokens, for the secrets and headers of webhook endpoints, and for stream tokens, 32 bytes each in base64, separated by commas. The first one encrypts and signs, all of them decrypt and verify. Make one with: openssl rand -base64 32',
    }),
}

const clientText = (description: string) => z.string().trim().min(1).optional().meta({ description })

/** API and worker read these: the API asks for consent with the clients, the worker connects calendars with them. */
export const calendarConnectionSettings = {
  ...encryptionKeySettings,
  GOOGLE_CLIENT_ID: clientText('OAuth client for Google calendars. Without it no Google calendar can be connected.'),
  GOOGLE_CLIENT_SECRET: clientText('Secret of the OAuth client for Google calendars.'),
  MICROSOFT_CLIENT_ID: clientText(
    'OAuth client for Microsoft calendars. Without it no Microsoft calendar can be connected.',
  ),
  MICROSOFT_CLIENT_SECRET: clientText('Secret of the OAuth client for Microsoft calendars.'),
  MICROSOFT_TENANT_ID: z
    .string()
    .trim()
    .regex(/^[\w.-]{1,253}$/, 'must be common, organizations, consumers, or the id or domain of a tenant')
    .default('common')
    .meta({
      description:
        'Which Microsoft accounts may connect: common (all), organizations, consumers, or those of your tenant, by its id or domain.',
    }),
}

/** Only the API reads these. */
export const oauthServerSettings = {
  GOOGLE_ISSUER_URL: url('http:', 'https:').default('https://accounts.google.com').meta({
    description: 'The sign-in server at which Google users give their consent. Only tests use another one.',
  }),
  MICROSOFT_ISSUER_URL: url('http:', 'https:').optional().meta({
    description:
      'The sign-in server at which Microsoft users give their consent. Only tests set it. Without it Seer makes it from MICROSOFT_TENANT_ID.',
  }),
  OAUTH_REDIRECT_URLS: list()
    .refine((urls) => urls.every(isRedirectUrl), 'must be http:// or https:// URLs without user, password and #')
    .default([])
    .meta({
      description: 'Pages of your app that a browser may be sent to after the consent, separated by commas.',
    }),
}

function areDistinct(keys: string[]): boolean {
  const ids = keys.flatMap((key) => readEncryptionKey(key)?.id ?? [])
  return new Set(ids).size === ids.length
}

function isRedirectUrl(text: string): boolean {
  const parsed = URL.canParse(text) ? new URL(text) : null
  return parsed !== null && /^https?:$/.test(parsed.protocol) && !/#/.test(text) && !parsed.username && !parsed.password
}

export type CalendarConnectionSettings = Settings<typeof calendarConnectionSettings>
type OauthServerSettings = Settings<typeof oauthServerSettings>

const needsPartner = (variable: keyof CalendarConnectionSettings, partner: keyof CalendarConnectionSettings) => ({
  variable,
  message: `is required because ${partner} is set`,
  isBroken: (settings: Partial<CalendarConnectionSettings>) =>
    settings[partner] !== undefined && settings[variable] === undefined,
})

/** For every process that reads `calendarConnectionSettings`. */
export const calendarConnectionRules: SettingsRule<CalendarConnectionSettings>[] = [
  needsPartner('GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_SECRET'),
  needsPartner('GOOGLE_CLIENT_SECRET', 'GOOGLE_CLIENT_ID'),
  needsPartner('MICROSOFT_CLIENT_ID', 'MICROSOFT_CLIENT_SECRET'),
  needsPartner('MICROSOFT_CLIENT_SECRET', 'MICROSOFT_CLIENT_ID'),
  {
    variable: 'ENCRYPTION_KEYS',
    message: `is required because GOOGLE_CLIENT_ID or MICROSOFT_CLIENT_ID is set; ${howToMakeAKey}`,
    isBroken: ({ GOOGLE_CLIENT_ID, MICROSOFT_CLIENT_ID, ENCRYPTION_KEYS }) =>
      (GOOGLE_CLIENT_ID ?? MICROSOFT_CLIENT_ID) !== undefined && ENCRYPTION_KEYS?.length === 0,
  },
]

const needsHttps = (variable: 'GOOGLE_ISSUER_URL' | 'MICROSOFT_ISSUER_URL') => ({
  variable,
  message: 'must be an https:// URL when NODE_ENV is production, unless it is on this machine',
  isBroken: ({ NODE_ENV, [variable]: issuer }: Partial<OauthServerSettings & { NODE_ENV: string }>) =>
    NODE_ENV === 'production' && issuer?.startsWith('http:') === true && !isLoopback(issuer),
})

/** For the API, which reads `oauthServerSettings` and NODE_ENV. */
export const oauthServerRules: SettingsRule<OauthServerSettings & { NODE_ENV: string }>[] = [
  needsHttps('GOOGLE_ISSUER_URL'),
  needsHttps('MICROSOFT_ISSUER_URL'),
]

/** An app as registered with a provider. */
export type OauthClientCredentials = {
  clientId: string
  clientSecret: string
  /** Set only for Microsoft. */
  tenantId?: string
}
export type OauthClients = Partial<Record<CalendarProvider, OauthClientCredentials>>

/** The OAuth clients of the providers that are configured. */
export function oauthClients(settings: Omit<CalendarConnectionSettings, 'ENCRYPTION_KEYS'>): OauthClients {
  const { GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, MICROSOFT_CLIENT_ID, MICROSOFT_CLIENT_SECRET } = settings
  const clients: OauthClients = {}
  if (GOOGLE_CLIENT_ID && GOOGLE_CLIENT_SECRET) {
    clients.google = { clientId: GOOGLE_CLIENT_ID, clientSecret: GOOGLE_CLIENT_SECRET }
  }
  if (MICROSOFT_CLIENT_ID && MICROSOFT_CLIENT_SECRET) {
    const tenantId = settings.MICROSOFT_TENANT_ID
    clients.microsoft = { clientId: MICROSOFT_CLIENT_ID, clientSecret: MICROSOFT_CLIENT_SECRET, tenantId }
  }
  return clients
}

/** The issuer URLs of the providers' OAuth servers. */
export function oauthIssuers(
  settings: Pick<OauthServerSettings, 'GOOGLE_ISSUER_URL' | 'MICROSOFT_ISSUER_URL'> &
    Pick<CalendarConnectionSettings, 'MICROSOFT_TENANT_ID'>,
): Record<CalendarProvider, string> {
  const tenant = `https://login.microsoftonline.com/${settings.MICROSOFT_TENANT_ID}/v2.0`
  return { google: settings.GOOGLE_ISSUER_URL, microsoft: settings.MICROSOFT_ISSUER_URL ?? tenant }
}
