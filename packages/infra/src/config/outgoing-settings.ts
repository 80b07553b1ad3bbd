/** Settings about the addresses that callers and vendors supply. */
import { z } from 'zod'
import type { AddressRules } from '../outgoing/address-guard.ts'
import { isPrivateHost } from '../outgoing/private-hosts.ts'
import { list } from './fields.ts'

/** API and worker both read these. */
export const outgoingSettings = {
  PRIVATE_HOSTS: list()
    .refine(
      (hosts) => hosts.every(isPrivateHost),
      'must be host names, addresses or ranges such as 10.0.0.0/8, without ports',
    )
    .default([])
    .meta({
      description:
        'Hosts inside your network from which recordings may be fetched: names, addresses, or ranges such as 10.0.0.0/8, separated by commas. The host of MEETINGBAAS_API_URL is always allowed. All other private addresses are refused, except in development.',
    }),
}

type Settings = z.output<z.ZodObject<typeof outgoingSettings>> & { NODE_ENV?: string }

/** From which addresses the vendor's files may be fetched. */
export function downloadAddresses({
  NODE_ENV,
  MEETINGBAAS_API_URL,
  PRIVATE_HOSTS,
}: Settings & { MEETINGBAAS_API_URL: string }): AddressRules {
  return {
    anyAddress: NODE_ENV === 'development',
    privateHosts: [new URL(MEETINGBAAS_API_URL).hostname, ...PRIVATE_HOSTS],
    httpsOnly: false,
  }
}
