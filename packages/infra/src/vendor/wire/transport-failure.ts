/** No answer came, or none that can be read. Internal: callers of the port get the errors of `vendor-errors.ts`. */
export class TransportFailure extends Error {
  readonly kind: 'not_sent' | 'cut_off' | 'timed_out' | 'too_large'

  constructor(kind: TransportFailure['kind'], reason: string) {
    super(reason)
    this.name = 'TransportFailure'
    this.kind = kind
  }
}

/** These failures happen before the first byte can leave, so the vendor has not seen the request. */
const codesBeforeSending = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_INVALID_ARG',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

/** Turns a network error into a TransportFailure. Only the code of the error is kept, not its text. */
export function asTransportFailure(error: unknown): TransportFailure {
  if (error instanceof TransportFailure) return error
  const codes = codesOf(error)
  const neverSent = codes.length > 0 && codes.every((code) => codesBeforeSending.has(code))
  return new TransportFailure(neverSent ? 'not_sent' : 'cut_off', codes[0] ?? 'connection lost')
}

/** The code of an error, or of each attempt when several addresses were tried. */
function codesOf(error: unknown): string[] {
  if (typeof error !== 'object' || error === null) return []
  const { code, errors } = error as { code?: unknown; errors?: unknown }
  if (Array.isArray(errors) && errors.length > 0) return errors.flatMap(codesOf)
  return typeof code === 'string' ? [code] : []
}
