/** An answer of the vendor, by whichever way it came. */
export type VendorAnswer = {
  /** HTTP status. The SDK does not tell which 2xx it was: 200 then. */
  status: number
  /** The parsed JSON; undefined when there was none. */
  body: unknown
  /** What a `retry-after` header asked for. */
  retryAfterMs: number | undefined
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
