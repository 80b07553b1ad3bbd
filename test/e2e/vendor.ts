/** Meeting BaaS, played by the sandbox in this process, and what a test wants to know and do there. */
import { createHmac, randomUUID } from 'node:crypto'
import { buildSandbox, type Sandbox, type SandboxOptions } from '../../apps/sandbox/src/sandbox.ts'

export type VendorBot = {
  botId: string
  status: string
  /** When it does its next step by itself. */
  next: { status: string; at: string } | null
  extra: Record<string, unknown> | null
}

export type Delivery = {
  id: string
  event: string
  channel: 'webhook' | 'callback'
  state: 'pending' | 'delivered' | 'failed' | 'dropped'
  attempts: { status: number | null }[]
  body: string
}

export type Vendor = Omit<Sandbox, 'close'> & {
  /** All bots and bookings that carry this meeting id. */
  botsOf(meetingId: string): Promise<VendorBot[]>
  bots(): Promise<VendorBot[]>
  deliveries(filter?: Record<string, string>): Promise<Delivery[]>
  /** Makes a fault and gives a function that tells how often it has struck. */
  fault(fault: object): Promise<() => Promise<number>>
  clearFaults(): Promise<void>
  control<T = any>(method: string, path: string, body?: object): Promise<T>
  /** A call with our key that Seer does not make. */
  post(path: string, body?: object): Promise<any>
  close(): Promise<void>
}

export const vendorKey = 'key-at-the-vendor'
export const signingSecret = `whsec_${Buffer.from('the secret of the end-to-end tests').toString('base64')}`

/** Part of a fault: the vendor answers only when the test has removed the fault, such as by `clearFaults`. */
export const untilRemoved = { kind: 'latency', ms: 600_000 } as const

/** Time stands still there until a test moves it, and no limit is in the way unless a test sets one. */
const unlimited = { speed: 0, rateLimit: 0, dailyCap: 0, tokens: 1e9, apiKey: vendorKey } satisfies SandboxOptions

export async function openVendor(webhookUrl: string, options: SandboxOptions = {}): Promise<Vendor> {
  const sandbox = await buildSandbox({
    ...unlimited,
    webhookUrls: [webhookUrl],
    webhookSecrets: [signingSecret],
    ...options,
  })
  async function ask(method: string, path: string, body?: object): Promise<any> {
    const json: Record<string, string> = body ? { 'content-type': 'application/json' } : {}
    const headers = { 'x-meeting-baas-api-key': vendorKey, ...json }
    const answer = await fetch(`${sandbox.url}${path}`, { method, headers, body: body && JSON.stringify(body) })
    if (!answer.ok) throw new Error(`The sandbox answered ${answer.status}: ${await answer.text()}`)
    return answer.status === 204 ? undefined : await answer.json()
  }
  const control: Vendor['control'] = (method, path, body) => ask(method, `/sandbox${path}`, body)
  async function bots(): Promise<VendorBot[]> {
    const { bots: sent, scheduled } = await control<{ bots: VendorBot[]; scheduled: VendorBot[] }>(
      'GET',
      '/bots?limit=10000',
    )
    return [...sent, ...scheduled]
  }
  return {
    ...sandbox,
    control,
    post: (path, body = {}) => ask('POST', path, body),
    bots,
    botsOf: async (meetingId) => (await bots()).filter(({ extra }) => Object.values(extra ?? {}).includes(meetingId)),
    async deliveries(filter = {}) {
      const query = new URLSearchParams({ limit: '10000', ...filter })
      return (await control<{ deliveries: Delivery[] }>('GET', `/deliveries?${query}`)).deliveries
    },
    async fault(fault) {
      const { id } = await control<{ id: string }>('POST', '/faults', fault)
      return async () => {
        const { faults } = await control<{ faults: { id: string; struck: number }[] }>('GET', '/faults')
        return faults.find((each) => each.id === id)?.struck ?? 0
      }
    },
    clearFaults: () => control('DELETE', '/faults'),
  }
}

/** The headers of a webhook, as Svix makes them, under a new message id. */
export function signed(
  body: string,
  secret = signingSecret,
  timestamp = Math.floor(Date.now() / 1_000),
): Record<string, string> {
  const id = `msg_${randomUUID()}`
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'svix-id': id, 'svix-timestamp': String(timestamp), 'svix-signature': `v1,${signature}` }
}
