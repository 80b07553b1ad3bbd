/** BASE_URL, the address at which bots report. A vendor that is reached by https is far away, so it must lead here. */
import type { z } from 'zod'
import { isLoopback } from '../oauth/is-loopback.ts'
import { url } from './fields.ts'
import type { SettingsRule } from './parse-environment.ts'
import type { environmentSettings, vendorSettings } from './settings.ts'

export const baseUrlSettings = {
  BASE_URL: url('http:', 'https:').default('http://localhost:3001').meta({
    description:
      'The address under which Meeting BaaS and your app reach this API from outside. Bots report to its webhook route. In production it must be https, except when Meeting BaaS itself is reached by http.',
  }),
}

type Addresses = z.output<
  z.ZodObject<
    typeof baseUrlSettings &
      Pick<typeof vendorSettings, 'MEETINGBAAS_API_URL'> &
      Pick<typeof environmentSettings, 'NODE_ENV'>
  >
>

/** A sandbox, or a Meeting BaaS in a closed network, is reached by http and reports by http. */
const isElsewhere = (vendorUrl: string | undefined) => vendorUrl?.startsWith('https:') === true

/** For API and worker: both make the addresses at which bots report. */
export const baseUrlRules: SettingsRule<Addresses>[] = [
  {
    variable: 'BASE_URL',
    message:
      'must be the https:// address at which Meeting BaaS reaches this API, because NODE_ENV is production and bots report to it',
    isBroken: ({ NODE_ENV, BASE_URL, MEETINGBAAS_API_URL }) =>
      NODE_ENV === 'production' &&
      isElsewhere(MEETINGBAAS_API_URL) &&
      BASE_URL !== undefined &&
      (!BASE_URL.startsWith('https:') || isLoopback(BASE_URL)),
  },
]

/** A warning for the start when BASE_URL is on this machine and the bots are not; null otherwise. */
export function baseUrlWarning({ BASE_URL, MEETINGBAAS_API_URL }: Omit<Addresses, 'NODE_ENV'>): string | null {
  if (!isElsewhere(MEETINGBAAS_API_URL) || !isLoopback(BASE_URL)) return null
  return (
    'BASE_URL is on this machine, where Meeting BaaS cannot reach it. So bots cannot report, and Seer reads their states ' +
    'only every two minutes. Set BASE_URL to an address that leads here from outside, for example that of a tunnel.'
  )
}
