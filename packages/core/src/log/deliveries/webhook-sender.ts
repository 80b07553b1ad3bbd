/** A request to a customer's endpoint. */
export type WebhookRequest = {
  url: string
  /** Names in lower case. */
  headers: Record<string, string>
  body: string
}

/** What came of it. */
export type WebhookAnswer = {
  /** Null when no answer came. */
  status: number | null
  durationMs: number
  /** The start of the answer's body as text; empty when it has none. Null when no answer came. */
  answer: string | null
  /** Why it failed when not by its status. */
  problem: WebhookProblem | null
  /** One sentence about the problem. */
  detail: string | null
  /** How long the receiver asks us to wait. */
  retryAfterMs: number | null
}

/**
 * `timed_out`: the whole answer had not come in time. `unreachable`: no connection, or it broke. `not_allowed`: the address
 * is, or leads to, one that Seer may not connect to.
 */
export const webhookProblems = ['timed_out', 'unreachable', 'not_allowed'] as const
export type WebhookProblem = (typeof webhookProblems)[number]

/** Sends webhooks. It follows no redirects, and waits and reads only so long. */
export interface WebhookSender {
  /** Why nothing can be sent to this address, as far as its text tells; null when it may be tried. */
  whyNot(url: string): string | null
  /** Never throws, but for the signal. */
  send(request: WebhookRequest, signal: AbortSignal): Promise<WebhookAnswer>
}

/** Only 2xx is success. Source: spec/standard-webhooks.md, "Delivery success and failure" */
export function isSuccess({ status, problem }: Pick<WebhookAnswer, 'status' | 'problem'>): boolean {
  return problem === null && status !== null && status >= 200 && status < 300
}
