/**
 * Reads the queries of links. A plus sign stays a plus sign: passcodes have some, and no platform uses it for a space.
 */

/** Percent-decodes what can be decoded; never throws. */
export function decode(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    // A percent sign that does not begin a character stays.
    return text.replace(/(?:%[0-9a-f]{2})+/gi, decodeRun)
  }
}

function decodeRun(run: string): string {
  try {
    return decodeURIComponent(run)
  } catch {
    return run
  }
}

/** Decodes until nothing changes, at most three times: mail systems encode links that are encoded already. */
export function decodeFully(text: string): string {
  let decoded = text
  for (let i = 0; i < 3; i++) {
    const next = decode(decoded)
    if (next === decoded) break
    decoded = next
  }
  return decoded
}

/** The first value under any of these names (in lower case) that is not empty; null when there is none. */
export function queryValue({ search }: Pick<URL, 'search'>, ...names: string[]): string | null {
  for (const part of search.slice(1).split('&')) {
    const [name = ''] = part.split('=', 1)
    if (part.length > name.length + 1 && names.includes(name.toLowerCase())) return decode(part.slice(name.length + 1))
  }
  return null
}

/**
 * A passcode without what stood behind its link, such as `>`, `</a>` or a full stop; null when nothing is left. Zoom
 * and Teams make passcodes of letters, digits and full stops; people also choose other signs.
 */
export function readPasscode(value: string | null): string | null {
  if (value === null) return null
  const end = value.search(/[^\w.~+/=!@#$%^&*:,;?-]|https?:/i)
  const passcode = trimEnd(end < 0 ? value : value.slice(0, end), '.,;:!?*')
  return passcode === '' ? null : passcode
}

/** Removes these characters from the end. A loop, because a regular expression takes quadratic time for some texts. */
export function trimEnd(text: string, characters: string): string {
  let end = text.length
  while (end > 0 && characters.includes(text.charAt(end - 1))) end--
  return text.slice(0, end)
}
