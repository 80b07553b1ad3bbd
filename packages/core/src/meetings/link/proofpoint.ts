import { queryValue } from './query.ts'

/**
 * The link inside a link of Proofpoint's, in any of its three versions; null when there is none. Follows Proofpoint's
 * own decoder, https://help.proofpoint.com/Threat_Insight_Dashboard/API_Documentation/URL_Decoder_API.
 */
export function openProofpoint(url: URL): string | null {
  const version = /^\/v(\d)\//.exec(url.pathname)?.[1]
  if (version === '1') return queryValue(url, 'u')
  if (version === '2') return openSecond(queryValue(url, 'u'))
  return version === '3' ? openThird(url.pathname + url.search) : null
}

/** Like `?u=https-3A__zoom.us_j_812-3Fpwd-3Dabc`: a hyphen stands for a percent sign, an underscore for a slash. */
function openSecond(text: string | null): string | null {
  return (
    text
      ?.replace(/_/g, '/')
      .replace(/-([0-9A-F]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))) ?? null
  )
}

const runs = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/**
 * Like `/v3/__https://zoom.us/j/812*success__;Iw!!…`: an asterisk stands for a character whose bytes follow in base64;
 * two asterisks and a letter stand for several such characters.
 */
function openThird(address: string): string | null {
  const from = address.indexOf('/__')
  const to = address.lastIndexOf('__;')
  if (from < 0 || to < from + 3) return null
  const bytes = Buffer.from(address.slice(to + 3).split('!', 1)[0] ?? '', 'base64').toString('utf8')
  const characters = Array.from(bytes)
  let next = 0
  const link = address.slice(from + 3, to).replace(/\*(\*.)?/g, (_, run?: string) => {
    const length = run ? runs.indexOf(run.charAt(1)) + 2 : 1
    next += length
    return characters.slice(next - length, next).join('')
  })
  // Browsers merge the slashes, because they look like a part of the path.
  return link.replace(/^(https?:)\/+/i, '$1//')
}
