import type { IdempotencyKeyStore } from '@seer/core/access/idempotency-keys'
import type { ExpiredKeys } from '@seer/core/erasure/cleanup'
import type pg from 'pg'
import type { PrismaClient } from '../generated/client.ts'

export function openIdempotencyKeyStore(prisma: PrismaClient, pool: pg.Pool): IdempotencyKeyStore & ExpiredKeys {
  return {
    async begin({ userId, key }, { fingerprint, now, lockedUntil, expiresAt }) {
      // Taken when it is new, has expired, or its first request died before it answered.
      const { rowCount } = await pool.query({
        name: 'idempotency-begin',
        text: `INSERT INTO idempotency_keys (user_id, key, fingerprint, locked_until, created_at, expires_at)
          VALUES ($1, $2, $3, $4, $5, $6)
          ON CONFLICT (user_id, key) DO UPDATE
          SET fingerprint = $3, locked_until = $4, created_at = $5, expires_at = $6,
            status_code = NULL, body = NULL, location = NULL
          WHERE idempotency_keys.expires_at <= $5
            OR (idempotency_keys.status_code IS NULL AND idempotency_keys.locked_until <= $5
              AND idempotency_keys.fingerprint = $3)`,
        values: [userId, key, fingerprint, lockedUntil, now, expiresAt],
      })
      if (rowCount === 1) return { outcome: 'begun' }
      const kept = await prisma.idempotencyKey.findUnique({ where: { userId_key: { userId, key } } })
      // Released between the two statements: the caller may simply try again.
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
    async removeExpired(now, limit) {
      const { rowCount } = await pool.query(
        `DELETE FROM idempotency_keys WHERE (user_id, key) IN (
          SELECT user_id, key FROM idempotency_keys WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`,
        [now, limit],
      )
      return rowCount ?? 0
    },
  }
}
