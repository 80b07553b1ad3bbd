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
        'Hosts inside your network to which webhooks may be sent and from which recordings may be fetched: names, addresses, or ranges such as 10.0.0.0/8, separated by commas. Webhooks to them may go by http. For recordings the host of MEETINGBAAS_API_URL is always allowed. All other private addresses are refused, except in development.',
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

/** To which addresses webhooks may be sent. */
export function webhookAddresses({ NODE_ENV, PRIVATE_HOSTS }: Settings): AddressRules {
  return { anyAddress: NODE_ENV === 'development', privateHosts: PRIVATE_HOSTS, httpsOnly: true }
}
