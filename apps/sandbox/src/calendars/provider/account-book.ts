import type { ProviderSeries } from './provider-account.ts'
import {
  type AuthVerdict,
  accountId,
  type CalendarPlatform,
  createProviderAccount,
  emailOfToken,
  type ProviderAccount,
  type RawCalendar,
  type RawCalendarInput,
} from './provider-account.ts'
import type { SeriesFacts } from './series.ts'

/** An OAuth client that the providers know. Without any, every id and secret is accepted. */
export type OauthClient = { id: string; secret: string }

export type Credentials = {
  readonly clientId: string
  readonly clientSecret: string
  readonly refreshToken: string
}

/** The accounts at Google and Microsoft, and what their OAuth servers answer. */
export class AccountBook {
  readonly #clients: readonly OauthClient[]
  readonly #accounts = new Map<string, ProviderAccount>()
  readonly #tokens = new Map<string, { account?: ProviderAccount; verdict?: AuthVerdict }>()
  #createdSeries = 0

  constructor(clients: readonly OauthClient[]) {
    this.#clients = clients
  }

  get all(): ProviderAccount[] {
    return [...this.#accounts.values()]
  }

  get(id: string): ProviderAccount | undefined {
    return this.#accounts.get(id)
  }

  /**
   * Adds an account; undefined when the platform already has one with this e-mail. The e-mail is always a valid token.
   */
  add(
    platform: CalendarPlatform,
    email: string,
    options: { calendars?: RawCalendarInput[] | undefined; tokens?: string[] | undefined } = {},
  ): ProviderAccount | undefined {
    if (this.#accounts.has(accountId(platform, email))) return undefined
    const account = createProviderAccount(platform, email, options.calendars)
    this.#accounts.set(account.id, account)
    for (const token of options.tokens ?? []) this.#token(platform, token).account = account
    return account
  }

  /** The account that a token belongs to. For a new token an account is created. */
  ofToken(platform: CalendarPlatform, token: string): ProviderAccount {
    const known = this.#tokens.get(`${platform} ${token}`)?.account
    if (known) return known
    const email = emailOfToken(token)
    return this.get(accountId(platform, email)) ?? (this.add(platform, email) as ProviderAccount)
  }

  /** Sets what the provider says to one token from now on, whatever its account says. `ok` removes that again. */
  judgeToken(platform: CalendarPlatform, token: string, verdict: AuthVerdict): void {
    this.#token(platform, token).verdict = verdict === 'ok' ? undefined : verdict
  }

  /** What the provider's OAuth server says to these credentials. */
  verdictOn(platform: CalendarPlatform, { clientId, clientSecret, refreshToken }: Credentials): AuthVerdict {
    const clientKnown = this.#clients.some(({ id, secret }) => id === clientId && secret === clientSecret)
    if (this.#clients.length > 0 && !clientKnown) return 'expired'
    return this.#tokens.get(`${platform} ${refreshToken}`)?.verdict ?? this.ofToken(platform, refreshToken).auth
  }

  /** The first calendar of this id, as the provider knows it. */
  findCalendar(id: string): RawCalendar | undefined {
    for (const account of this.#accounts.values()) {
      const found = account.calendars.find((calendar) => calendar.id === id)
      if (found) return found
    }
    return undefined
  }

  addSeries(calendar: RawCalendar, facts: SeriesFacts): ProviderSeries {
    const series: ProviderSeries = { id: `evt_${++this.#createdSeries}`, calendar, facts }
    calendar.series.set(series.id, series)
    return series
  }

  /** The state that outlives a restart. */
  kept() {
    return { accounts: this.#accounts, tokens: this.#tokens, createdSeries: this.#createdSeries }
  }

  restore({ accounts, tokens, createdSeries }: ReturnType<AccountBook['kept']>): void {
    for (const [id, account] of accounts) this.#accounts.set(id, account)
    for (const [key, token] of tokens) this.#tokens.set(key, token)
    this.#createdSeries = createdSeries
  }

  clear(): void {
    this.#accounts.clear()
    this.#tokens.clear()
  }

  #token(platform: CalendarPlatform, token: string) {
    const key = `${platform} ${token}`
    const known = this.#tokens.get(key)
    if (known) return known
    const added: { account?: ProviderAccount; verdict?: AuthVerdict } = {}
    this.#tokens.set(key, added)
    return added
  }
}
