/** The settings of the API process. `main.ts` parses them once; nothing else reads the environment. */
import { isIP } from 'node:net'
import { oauthServerRules, oauthServerSettings } from '@seer/infra/config/calendar-connection-settings'
import { flag, list, oneOf, whole } from '@seer/infra/config/fields'
import { infraRules, infraSettings } from '@seer/infra/config/infra-settings'
import { parseEnvironment, type SettingsRule } from '@seer/infra/config/parse-environment'
import { webhookSettings } from '@seer/infra/config/settings'
import { z } from 'zod'

/** For the list, too: of a text that could be a list, zod tells what is wrong with it as a list. */
const trustProxyForms = { error: 'must be true, false, a number of proxies or their addresses separated by commas' }

export const apiSettings = z.object({
  PORT: whole(0, 65_535).default(3001).meta({ description: 'Port of the API.' }),
  HOST: z.string().trim().default('0.0.0.0').meta({
    description:
      'Address that the API listens on: 0.0.0.0 for all addresses of this machine, 127.0.0.1 for requests from this machine only.',
  }),
  TRUST_PROXY: z
    .union([whole(1, 32), flag(), list().refine((parts) => parts.every(isAddress), trustProxyForms)], trustProxyForms)
    .default(false)
    .meta({
      description:
        'Whose X-Forwarded-For to believe: false (nobody’s), true (everybody’s), the number of proxies in front, or the addresses of the proxies, separated by commas.',
    }),
  RATE_LIMIT_PER_MINUTE: whole(1, 10_000_000).default(1_200).meta({
    description:
      'How many requests one API key may make in a minute. They are counted in Redis. Without Redis each API process counts for itself.',
  }),
  SHUTDOWN_TIMEOUT: whole(1, 600).default(15).meta({
    description: 'How many seconds the API may take to finish what it has begun when it is told to stop.',
  }),
  RECORDING_LINKS: oneOf(['stream', 'redirect']).default('stream').meta({
    description:
      'How recordings are sent: stream (through the API), or redirect (to a link of the S3 store that works for five minutes). A folder always streams.',
  }),
  ...infraSettings,
  ...webhookSettings,
  ...oauthServerSettings,
})

/** An IP address or range, or a name that Fastify knows for one. */
function isAddress(text: string): boolean {
  const [address = '', bits = '0'] = text.split('/')
  return /^(loopback|linklocal|uniquelocal)$/.test(text) || (isIP(address) !== 0 && /^\d{1,3}$/.test(bits))
}

export type ApiSettings = z.output<typeof apiSettings>

const rules: SettingsRule<ApiSettings>[] = [
  {
    variable: 'WEBHOOK_VERIFICATION',
    message: 'must be true when NODE_ENV is production',
    isBroken: ({ WEBHOOK_VERIFICATION, NODE_ENV }) => WEBHOOK_VERIFICATION === false && NODE_ENV === 'production',
  },
  ...infraRules,
  ...oauthServerRules,
]

/** @throws ConfigurationError with all problems at once */
export function readApiSettings(environment: Record<string, string | undefined>): ApiSettings {
  return parseEnvironment(apiSettings, environment, rules)
}
