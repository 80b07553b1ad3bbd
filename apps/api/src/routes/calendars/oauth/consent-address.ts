import type { CalendarProvider } from '@seer/core/vendor/calendar-providers'
import { apiPrefix } from '../../../api-scope.ts'
import type { ApiOptions } from '../../../dependencies.ts'

export const startRoute = `${apiPrefix}/calendar/oauth/:provider/start`
export const callbackRoute = `${apiPrefix}/calendar/oauth/:provider/callback`

/** Where the provider sends the browser afterwards; registered with the OAuth client. */
export function redirectUriOf({ baseUrl }: Pick<ApiOptions, 'baseUrl'>, provider: CalendarProvider): string {
  return baseUrl + callbackRoute.replace(':provider', provider)
}
