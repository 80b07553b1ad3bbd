import { expect } from 'vitest'
import type { CalendarUser } from './calendar-user.ts'
import { calendarUrl, type TestApi } from './test-api.ts'

export const startUrl = `${calendarUrl}/oauth/google/start`
export const callbackUrl = `${calendarUrl}/oauth/google/callback`
/** A page of the app that browsers may be sent to. */
export const appPage = 'https://app.example.com/settings'
export const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

/** Consents as users give them, with a record of what must stay secret. */
export function openConsents(api: TestApi) {
  let secrets: string[] = []

  /** Remembers an address with a state or a code in it. */
  function keep(url: string): string {
    secrets.push(...[...new URL(url, appPage).searchParams.values()].filter((value) => /^[\w-]{30,}$/.test(value)))
    return url
  }

  return {
    keep,
    forget() {
      secrets = []
      api.logged.length = 0
    },
    /** Begins a consent as a program does; @returns where the user agrees. */
    async begin({ client }: CalendarUser, query: Record<string, string> = {}): Promise<string> {
      const { status, body } = await client('GET', `${startUrl}?${new URLSearchParams(query)}`)
      expect(status).toBe(302)
      return keep(body.data.authorizationUrl)
    },
    /** The user agrees; @returns where the browser is sent. */
    agree: ({ token }: CalendarUser, authorizationUrl: string) => keep(api.oauth.consent(authorizationUrl, token)),
    deny: (authorizationUrl: string) => keep(api.oauth.deny(authorizationUrl)),
    call: (url: string, headers: Record<string, string> = {}) => api.app.inject({ method: 'GET', url, headers }),
    expectNoneLogged(log = api.logged): void {
      expect(secrets.length).toBeGreaterThan(0)
      expect(api.logged.length).toBeGreaterThan(0)
      for (const secret of [...secrets, 'refresh-token-of']) expect(log.join()).not.toContain(secret)
    },
  }
}

/** A browser as far as cookies go. */
export function openBrowser({ app }: TestApi) {
  const cookies = new Map<string, string>()
  return {
    cookies,
    async visit(url: string, key?: string) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const headers = { ...html, ...(cookie && { cookie }), ...(key && { 'x-api-key': key }) }
      const response = await app.inject({ method: 'GET', url, headers })
      const given = [response.headers['set-cookie'] ?? []].flat()
      for (const text of given) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? []
        if (/Max-Age=0/.test(text)) cookies.delete(name)
        else cookies.set(name, value)
      }
      return { status: response.statusCode, headers: response.headers, text: response.body, given }
    },
  }
}
