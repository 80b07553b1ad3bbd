import { createHash } from 'node:crypto'

/** How long an answer is kept for repeated requests, in milliseconds. */
export const answersKeptMs = 24 * 3_600_000

/** The answer that a repeated request gets again. `body` is its JSON; `location` is the header of that name. */
export type StoredAnswer = { statusCode: number; body: string; location: string | null }

/** What is known of a request by its Idempotency-Key. */
export type BeginOutcome =
  /** Nobody used the key before: do the work, then `finish` or `release`. */
  | { outcome: 'begun' }
  /** The same request was answered before. */
  | { outcome: 'answered'; answer: StoredAnswer }
  /** The same request is being worked on. */
  | { outcome: 'in_progress' }
  /** The key belongs to another request. */
  | { outcome: 'reused' }

/** The keys of requests (Idempotency-Key) in Postgres, each with the answer to its first request. Each method is one atomic step. */
export interface IdempotencyKeyStore {
  /** Takes the key for a request. If its first request died, the key is free again at `lockedUntil`. */
  begin(
    id: { userId: string; key: string },
    facts: { fingerprint: string; now: Date; lockedUntil: Date; expiresAt: Date },
  ): Promise<BeginOutcome>
  finish(id: { userId: string; key: string }, answer: StoredAnswer): Promise<void>
  /** Forgets the key, because the request failed and a repetition may succeed. */
  release(id: { userId: string; key: string }): Promise<void>
}

/** The same for equal requests. */
export function fingerprint(request: { method: string; path: string; body: string }): string {
  return createHash('sha256').update(`${request.method}\n${request.path}\n${request.body}`).digest('hex')
}
