/** Seals secrets for the database. Which row and column a secret belongs to is sealed in, so that it opens nowhere else. */
export interface TokenCipher {
  seal(secret: string, place: string): string
  /** @throws PermanentError TOKEN_NOT_READABLE when no configured key opens it, or it belongs elsewhere */
  open(sealed: string, place: string): string
  /** Whether it is sealed with an older key than the newest. */
  isStale(sealed: string): boolean
}

export const refreshTokenPlace = (integrationId: string) => `calendar_integrations:${integrationId}:refresh_token`
