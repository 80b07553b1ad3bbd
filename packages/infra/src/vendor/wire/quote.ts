const longestQuote = 300

/** @param more secrets besides those that are always hidden */
export type Quote = (text: string, more?: readonly string[]) => string

/** Makes the vendor's text safe for errors and logs: one line, short, with secrets replaced. */
export function createQuote(secrets: readonly string[]): Quote {
  const known = secrets.flatMap(spellings)
  return (text, more = []) => {
    const hidden = [...known, ...more.flatMap(spellings)]
    const open = hidden.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text)
    return open
      .replace(/[\p{Cc}\p{Cs}]+/gu, ' ')
      .trim()
      .slice(0, longestQuote)
  }
}

/** A secret as it is, and as an OAuth request spells it: Google's refresh tokens hold slashes. */
function spellings(secret: string): string[] {
  const encoded = new URLSearchParams({ '': secret }).toString().slice(1)
  return secret === '' ? [] : encoded === secret ? [secret] : [secret, encoded]
}
