import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '../basics/clock.ts'
import { PermanentError } from '../basics/errors.ts'
import type { Caller, Scope } from './caller.ts'

export type ApiKey = {
  id: string
  userName: string
  prefix: string
  label: string | null
  scopes: Scope[]
  createdAt: Date
  expiresAt: Date | null
  lastUsedAt: Date | null
  revokedAt: Date | null
}

/** API keys in Postgres, as hashes. Each method is one atomic step. */
export interface ApiKeyStore {
  /** Adds a key, and its user if the name is new. @returns false when the user is being deleted */
  add(key: { id: string; userName: string; newUserId: string; keyHash: string } & KeyFacts): Promise<boolean>
  /** Finds the caller of an active key: not revoked, not expired, and its user not being deleted. */
  findCaller(keyHash: string, now: Date): Promise<Caller | null>
  /** Notes that a key was used. Called with every request, so the adapter writes at most once a minute for each key. */
  touch(apiKeyId: string, now: Date): Promise<void>
  list(userName: string | null): Promise<ApiKey[]>
  /** @returns false when no active key has this id or visible prefix */
  revoke(idOrPrefix: string, now: Date): Promise<boolean>
}

type KeyFacts = { prefix: string; label: string | null; scopes: Scope[]; expiresAt: Date | null }

/** A key is `seer_` and 32 random bytes. Its first twelve characters are the visible prefix. */
const keyStart = 'seer_'
const prefixLength = 12

/** SHA-256 is enough: a key has 256 random bits, so there is nothing to guess. */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

/**
 * Makes an API key. A user comes into being with the first key. The key itself is returned only here.
 * @throws PermanentError USER_BEING_DELETED
 */
export async function createApiKey(
  deps: { keys: Pick<ApiKeyStore, 'add'>; newId: () => string },
  order: { userName: string; label: string | null; scopes: Scope[]; expiresAt: Date | null },
): Promise<{ id: string; key: string; prefix: string }> {
  const key = keyStart + randomBytes(32).toString('base64url')
  const prefix = key.slice(0, prefixLength)
  const id = deps.newId()
  const isAdded = await deps.keys.add({ ...order, id, newUserId: deps.newId(), prefix, keyHash: hashApiKey(key) })
  if (!isAdded) {
    const detail = `The user ${order.userName} is being deleted; the name is free again when that is finished.`
    throw new PermanentError('USER_BEING_DELETED', { detail })
  }
  return { id, key, prefix }
}

/** Finds the caller who sent a key; null when it is not an active key. */
export async function authenticateApiKey(
  deps: { keys: Pick<ApiKeyStore, 'findCaller' | 'touch'>; now: Clock },
  key: string,
): Promise<Caller | null> {
  if (!key.startsWith(keyStart)) return null
  const caller = await deps.keys.findCaller(hashApiKey(key), deps.now())
  if (caller) await deps.keys.touch(caller.apiKeyId, deps.now())
  return caller
}
