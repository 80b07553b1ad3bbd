/** What requests say about an endpoint. */
import { problemOfHeaders } from '@seer/core/log/endpoints/own-headers'
import { problemOfSecret } from '@seer/core/log/endpoints/secret'
import { z } from 'zod'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { knownPattern } from '../events/event-query.ts'
import { FilterOrder } from './endpoint-schema.ts'

export const urlField = z
  .string()
  .max(2_000)
  .transform((text, context) => {
    const message = problemOfUrl(text)
    if (message === null) return new URL(text).href
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })
  .meta({
    description: 'Where events are sent: an https address. Hosts that the operator lists may be http.',
    examples: ['https://app.example.com/webhooks/seer'],
  })

function problemOfUrl(text: string): string | null {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return 'must be an address that begins with https://'
  const { username, password, hash } = new URL(text)
  if (username !== '' || password !== '') return 'must not have a user or a password; send them as a header'
  return hash === '' ? null : 'must not have a part after #, because it would not be sent'
}

const headers = z
  .record(z.string(), z.string())
  .transform((given, context) => {
    const lower = Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]))
    const problem = problemOfHeaders(lower)
    if (!problem) return lower
    context.addIssue({ code: 'custom', path: problem.name === '' ? [] : [problem.name], message: problem.message })
    return z.NEVER
  })
  .meta({
    description: 'Headers that Seer adds to each request. They are kept encrypted, and nobody can read their values.',
    examples: [{ 'x-tenant': 'acme' }],
  })

/** The fields of an endpoint. */
export const endpointFields = {
  url: urlField,
  events: z
    .array(knownPattern)
    .min(1)
    .max(50)
    .meta({
      description: 'Types of events: `recording_ready`, `recording_*`, `bot.*` for all of bots, or `*` for everything.',
      examples: [['bot.*']],
    }),
  filter: FilterOrder.optional(),
  headers: headers.optional(),
  description: z.string().trim().min(1).max(500).nullable().optional().meta({ description: 'For yourself.' }),
  paused: z
    .boolean()
    .optional()
    .meta({ description: 'While true, events are held. False also enables an endpoint that Seer has disabled.' }),
}

export const secretField = z
  .string()
  .superRefine((text, context) => {
    const message = problemOfSecret(text)
    if (message) context.addIssue({ code: 'custom', message })
  })
  .optional()
  .meta({ description: 'A secret of your own: `whsec_` and base64 of 24 to 64 bytes. Without it Seer makes one.' })

/** @throws Problem VALIDATION_FAILED for an address that Seer may not connect to */
export function demandUrl(
  { webhookSender }: Pick<ApiDeps, 'webhookSender'>,
  url: string | undefined,
  path = 'url',
): void {
  const why = url === undefined ? null : webhookSender.whyNot(url)
  if (why === null) return
  throw new Problem('VALIDATION_FAILED', { errors: [{ path, message: `cannot be used: ${why}` }] })
}

/** @throws Problem VALIDATION_FAILED when a user filters by users */
export function demandFilter(filter: z.output<typeof FilterOrder> | undefined, allUsers: boolean): void {
  if (filter?.userIds === undefined || allUsers) return
  const message = 'is only allowed with allUsers, because otherwise all events are yours'
  throw new Problem('VALIDATION_FAILED', { errors: [{ path: 'filter.userIds', message }] })
}

export function secretsNotConfigured(): Problem {
  const detail =
    'Secrets can only be kept encrypted, and the operator of this installation has not set ENCRYPTION_KEYS.'
  return new Problem('SECRETS_NOT_CONFIGURED', { detail })
}
