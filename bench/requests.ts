import { createHmac, randomBytes, randomInt, randomUUID } from 'node:crypto'

/** Visibly fake: only for the benchmark. */
export const signingSecret = `whsec_${Buffer.from('a fake secret for the benchmark').toString('base64')}`
const key = Buffer.from(signingSecret.replace(/^whsec_/, ''), 'base64')

export type SignedWebhook = { headers: Record<string, string>; body: string }

/** The codes of one run, in order. */
export const statusCodes = [
  'joining_call',
  'in_waiting_room',
  'in_call_not_recording',
  'in_call_recording',
  'call_ended',
]

/**
 * Makes signed v2 status webhooks, each a separate message. They are about unknown bots unless `botIds` are given. Made
 * in advance, so that signing does not slow down the load.
 */
export function makeWebhooks(count: number, botIds: string[] = []): SignedWebhook[] {
  const timestamp = String(Math.floor(Date.now() / 1_000))
  return Array.from({ length: count }, (_, i) => {
    const status = { code: statusCodes[i % statusCodes.length], created_at: new Date(Date.now() + i).toISOString() }
    const data = { bot_id: botIds[i % botIds.length] ?? randomUUID(), event_id: null, status }
    const body = JSON.stringify({ event: 'bot.status_change', data, extra: { tenant: 'acme' } })
    return signed(body, `msg_${randomBytes(12).toString('hex')}`, timestamp)
  })
}

function signed(body: string, id: string, timestamp: string): SignedWebhook {
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  const signature = { 'svix-id': id, 'svix-timestamp': timestamp, 'svix-signature': `v1,${mac}` }
  return { headers: { 'content-type': 'application/json', ...signature }, body }
}

/** The body of an order for a bot, each time in another meeting. */
export function botOrder(): string {
  const letters = (n: number) => Array.from({ length: n }, () => String.fromCharCode(97 + randomInt(26))).join('')
  return JSON.stringify({ meetingUrl: `https://meet.google.com/${letters(3)}-${letters(4)}-${letters(3)}` })
}
