/** Seals secrets for the database. A secret is bound to its place, a row and column, and cannot be opened elsewhere. */
export interface SecretCipher {
  seal(secret: string, place: string): string
  /** @throws PermanentError TOKEN_NOT_READABLE when no configured key opens it, or it belongs elsewhere */
  open(sealed: string, place: string): string
  /** Whether it is sealed with an older key. */
  isStale(sealed: string): boolean
}
