import type { ConnectionStatus } from './connection.ts'
import type { AuthVerdict } from './provider/provider-account.ts'

export type Refusal = {
  /** The state of a connection after this refusal. */
  status: ConnectionStatus
  message: string
  /**
   * The vendor's answer to a request that needed the provider. The codes are ours, because the vendor publishes none.
   */
  httpStatus: number
  code: string
}

const refreshFailed = 'FST_ERR_OAUTH_TOKEN_REFRESH_FAILED'

/**
 * How the vendor reports a provider's refusal. 401 and 403 are from openapi-v2.json; an outage counts as its own error.
 */
export const refusals: Record<Exclude<AuthVerdict, 'ok'>, Refusal> = {
  revoked: {
    status: 'revoked',
    message: 'The user has revoked the access to the calendar.',
    httpStatus: 401,
    code: refreshFailed,
  },
  expired: {
    status: 'error',
    message: 'Token refresh was rejected by the provider.',
    httpStatus: 401,
    code: refreshFailed,
  },
  permission_denied: {
    status: 'permission_denied',
    message: 'The OAuth scopes do not permit reading the calendar.',
    httpStatus: 403,
    code: 'FST_ERR_CALENDAR_PERMISSION_DENIED',
  },
  licence_missing: {
    status: 'permission_denied',
    message: 'The Microsoft account has no licence that includes a mailbox.',
    httpStatus: 403,
    code: 'FST_ERR_MICROSOFT_LICENSE_REQUIRED',
  },
  temporary_error: {
    status: 'error',
    message: 'The calendar provider does not answer.',
    httpStatus: 500,
    code: 'FST_ERR_CALENDAR_PROVIDER',
  },
}
