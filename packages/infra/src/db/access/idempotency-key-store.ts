import type { IdempotencyKeyStore } from '@seer/core/access/idempotency-keys'
import type { ExpiredKeys } from '@seer/core/erasure/cleanup'
import type pg from 'pg'
import type { PrismaClient } from '../generated/client.ts'
import { type Named, statement } from '../statement.ts'

/** The keys of requests. Taking a key is SQL, because it must be one step; the rest is Prisma (ADR 3). */
export function openIdempotencyKeyStore(prisma: PrismaClient, pool: pg.Pool): IdempotencyKeyStore & ExpiredKeys {
  return {
    async begin({ userId, key }, { fingerprint, now, lockedUntil, expiresAt }) {
      const begun = await begin.count(pool, { userId, key, fingerprint, now, lockedUntil, expiresAt })
      if (begun === 1) return { outcome: 'begun' }
      const kept = await prisma.idempotencyKey.findUnique({ where: { userId_key: { userId, key } } })
      // The key was released between the two statements, so the caller may try again.
      if (!kept) return { outcome: 'in_progress' }
      if (kept.fingerprint !== fingerprint) return { outcome: 'reused' }
      if (kept.statusCode === null) return { outcome: 'in_progress' }
      const answer = { statusCode: kept.statusCode, body: kept.body ?? '', location: kept.location }
      return { outcome: 'answered', answer }
    },
    async finish({ userId, key }, answer) {
      await prisma.idempotencyKey.updateMany({ where: { userId, key }, data: answer })
    },
    async release({ userId, key }) {
      await prisma.idempotencyKey.deleteMany({ where: { userId, key, statusCode: null } })
    },
    removeExpired: (now, limit) => removeExpired.count(pool, { now, limit }),
  }
}

type Begin = { userId: string; key: string; fingerprint: string; now: Date; lockedUntil: Date; expiresAt: Date }

/** Takes a key that is new, has expired, or whose first request died before it answered. */
const begin = statement(
  'idempotency-begin',
  (p: Named<Begin>) => `
    INSERT INTO idempotency_keys (user_id, key, fingerprint, locked_until, created_at, expires_at)
    VALUES (${p.userId}, ${p.key}, ${p.fingerprint}, ${p.lockedUntil}, ${p.now}, ${p.expiresAt})
    ON CONFLICT (user_id, key) DO UPDATE
    SET fingerprint = ${p.fingerprint}, locked_until = ${p.lockedUntil}, created_at = ${p.now},
      expires_at = ${p.expiresAt}, status_code = NULL, body = NULL, location = NULL
    WHERE idempotency_keys.expires_at <= ${p.now}
      OR (idempotency_keys.status_code IS NULL AND idempotency_keys.locked_until <= ${p.now}
        AND idempotency_keys.fingerprint = ${p.fingerprint})`,
)

const removeExpired = statement(
  'idempotency-remove-expired',
  (p: Named<{ now: Date; limit: number }>) => `DELETE FROM idempotency_keys WHERE (user_id, key) IN (
    SELECT user_id, key FROM idempotency_keys WHERE expires_at <= ${p.now} ORDER BY expires_at LIMIT ${p.limit})`,
  { isPrepared: false },
)
