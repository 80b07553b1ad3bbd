/** Reading the queries of links. A plus sign is itself: passcodes hold some, and no platform writes spaces into them. */

/** Percent-decodes what can be decoded; never throws. */
export function decode(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    // A percent sign that begins no character stays as it is.
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

/** Decodes as often as the text was encoded, at most three times: mail systems encode what is encoded already. */
export function decodeFully(text: string): string {
  let decoded = text
  for (let i = 0; i < 3; i++) {
    const next = decode(decoded)
    if (next === decoded) break
    decoded = next
  }
  return decoded
}

/** The first value that is not empty under any of these names, in whatever case; null when there is none. */
export function queryValue({ search }: Pick<URL, 'search'>, ...names: string[]): string | null {
  for (const part of search.slice(1).split('&')) {
    const [name = ''] = part.split('=', 1)
    if (part.length > name.length + 1 && names.includes(name.toLowerCase())) return decode(part.slice(name.length + 1))
  }
  return null
}

/**
 * A passcode without what stood around its link, such as `>`, `</a>` or a full stop; null when nothing is left of it.
 * Zoom and Teams make passcodes of letters, digits and full stops, and people choose others.
 */
export function readPasscode(value: string | null): string | null {
  if (value === null) return null
  const end = value.search(/[^\w.~+/=!@#$%^&*:,;?-]|https?:/i)
  const passcode = trimEnd(end < 0 ? value : value.slice(0, end), '.,;:!?*')
  return passcode === '' ? null : passcode
}

/** Without these characters at its end. A loop: a regular expression would take quadratic time for some texts. */
export function trimEnd(text: string, characters: string): string {
  let end = text.length
  while (end > 0 && characters.includes(text.charAt(end - 1))) end--
  return text.slice(0, end)
}
