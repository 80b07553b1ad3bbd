/** The part of a browser that an OAuth server needs: it follows redirects and keeps cookies. */
export function openTestBrowser(user: 'allow' | 'deny') {
  const cookies = new Map<string, string>()

  async function request(url: string): Promise<string> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, { redirect: 'manual', headers: { cookie, 'x-test-user': user } })
    for (const text of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? []
      cookies.set(name, value)
    }
    const location = answer.headers.get('location')
    if (location) return new URL(location, url).href
    throw new Error(`${new URL(url).pathname} answered ${answer.status} instead of a redirect: ${await answer.text()}`)
  }

  return {
    /** @returns the first address on the way that begins with one of `ends` */
    async visit(start: string, ends: readonly string[]): Promise<string> {
      let url = start
      for (let i = 0; i < 20; i++) {
        url = await request(url)
        if (ends.some((end) => url.startsWith(`${end}?`))) return url
      }
      throw new Error('The redirects did not end.')
    },
  }
}
