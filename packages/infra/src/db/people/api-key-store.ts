import type { ApiKey, ApiKeyStore } from '@seer/core/people/api-keys'
import type { Scope } from '@seer/core/people/caller'
import { LRUCache } from 'lru-cache'
import type pg from 'pg'
import type { PrismaClient } from '../generated/client.ts'
import { appendRows } from '../log/entries.ts'
import { type Named, statement } from '../statement.ts'
import { userEntry } from './user-entry.ts'

/** `last_used_at` is exact only to this time, so that a request costs no write. */
const touchEveryMs = 60_000
/** How many keys are remembered. A forgotten key only costs an extra write. */
const keysRemembered = 10_000

/** What the log tells of a key. The key itself is known to its holder alone. */
const keyFacts = `jsonb_build_object('keyId', id, 'prefix', prefix, 'label', label, 'scopes', scopes)`

/** API keys, with Prisma (ADR 3), apart from what is told in the log. */
export function openApiKeyStore(prisma: PrismaClient, pool: pg.Pool): ApiKeyStore {
  const touched = new LRUCache<string, number>({ max: keysRemembered })
  return {
    add: async (key) => (await add.count(pool, key)) === 1,
    async findCaller(keyHash, now) {
      const key = await prisma.apiKey.findUnique({ where: { keyHash }, include: { user: true } })
      if (!key || key.user.deletedAt || key.revokedAt || (key.expiresAt && key.expiresAt <= now)) return null
      return { userId: key.userId, userName: key.user.name, apiKeyId: key.id, scopes: key.scopes as Scope[] }
    },
    async touch(apiKeyId, now) {
      if ((touched.get(apiKeyId) ?? 0) > now.getTime() - touchEveryMs) return
      touched.set(apiKeyId, now.getTime())
      await prisma.apiKey.update({ where: { id: apiKeyId }, data: { lastUsedAt: now } })
    },
    async list(userName) {
      const rows = await prisma.apiKey.findMany({
        where: userName === null ? {} : { user: { name: userName } },
        include: { user: true },
        orderBy: { createdAt: 'asc' },
      })
      return rows.map(toApiKey)
    },
    async revoke(idOrPrefix, now) {
      const id = /^[0-9a-f-]{36}$/i.test(idOrPrefix) ? idOrPrefix : null
      return (await revoke.count(pool, { id, prefix: idOrPrefix, now })) > 0
    },
  }
}

type NewKey = Parameters<ApiKeyStore['add']>[0]

/** A user comes into being with the first key. Without a row the user is being deleted. */
const add = statement(
  'api-key-add',
  (p: Named<NewKey>) => `
  WITH owner AS (
    INSERT INTO users (id, name, last_seq) VALUES (${p.newUserId}, ${p.userName}, 2)
    ON CONFLICT (name) DO UPDATE SET last_seq = users.last_seq + 1 WHERE users.deleted_at IS NULL
    RETURNING *),
  added AS (
    INSERT INTO api_keys (id, user_id, prefix, key_hash, label, scopes, expires_at)
    SELECT ${p.id}::uuid, id, ${p.prefix}, ${p.keyHash}, ${p.label}, ${p.scopes}::text[], ${p.expiresAt}::timestamptz
    FROM owner RETURNING *),
  told AS (
    ${userEntry({ type: 'user.created', at: 'now()', of: 'owner', seq: '1' })} WHERE id = ${p.newUserId}
    UNION ALL
    ${userEntry({ type: 'user.key_created', at: 'now()', of: 'owner', data: `(SELECT ${keyFacts} FROM added)` })}),
  ${appendRows('user', 'told')}
  SELECT id FROM added`,
  { isPrepared: false },
)

const revoke = statement(
  'api-key-revoke',
  (p: Named<{ id: string | null; prefix: string; now: Date }>) => `
  WITH revoked AS (
    UPDATE api_keys SET revoked_at = ${p.now}
    WHERE (id = ${p.id}::uuid OR (${p.id}::uuid IS NULL AND prefix = ${p.prefix})) AND revoked_at IS NULL RETURNING *),
  owner AS (
    UPDATE users SET last_seq = last_seq + 1
    WHERE id IN (SELECT user_id FROM revoked) RETURNING *),
  told AS (
    ${userEntry({
      ...{ type: 'user.key_revoked', at: p.now, of: 'owner' },
      data: `(SELECT ${keyFacts} FROM revoked WHERE user_id = owner.id LIMIT 1)`,
    })}),
  ${appendRows('user', 'told')}
  SELECT id FROM revoked`,
  { isPrepared: false },
)

type Row = Omit<ApiKey, 'userName' | 'scopes'> & { user: { name: string }; scopes: string[] }

function toApiKey({ id, user, prefix, label, scopes, createdAt, expiresAt, lastUsedAt, revokedAt }: Row): ApiKey {
  const named = { userName: user.name, scopes: scopes as Scope[] }
  return { id, prefix, label, createdAt, expiresAt, lastUsedAt, revokedAt, ...named }
}
