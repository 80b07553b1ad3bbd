import type { SecretCipher } from '../../../basics/secret-cipher.ts'
import type { CalendarGrant } from '../../../vendor/vendor-calendars.ts'
import type { Integration } from '../../integration.ts'
import { refreshTokenPlace } from './refresh-token-place.ts'

/**
 * The grant by which a calendar is connected, or will be.
 * @returns null when no token is stored
 * @throws PermanentError TOKEN_NOT_READABLE
 */
export function storedGrant(
  cipher: Pick<SecretCipher, 'open'>,
  { id, provider, refreshToken, pendingRefreshToken }: Integration,
): CalendarGrant | null {
  const sealed = refreshToken ?? pendingRefreshToken
  return sealed === null ? null : { provider, refreshToken: cipher.open(sealed, refreshTokenPlace(id)) }
}
