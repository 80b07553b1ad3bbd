import type { OauthFlow, OauthFlowStore } from '@seer/core/calendars/connection/oauth'
import type pg from 'pg'

/** Consents under way, in Postgres. */
export function openOauthFlowStore(pool: pg.Pool): OauthFlowStore {
  return {
    async add(flow) {
      await pool.query(
        `INSERT INTO oauth_flows (state_hash, user_id, provider, code_verifier, redirect_url, raw_calendar_id,
          browser_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [
          flow.stateHash,
          flow.userId,
          flow.provider,
          flow.codeVerifier,
          flow.redirectUrl,
          flow.rawCalendarId,
          flow.browserHash,
          flow.createdAt,
          flow.expiresAt,
        ],
      )
    },
    async take(stateHash, now) {
      const { rows } = await pool.query<OauthFlow>(
        `DELETE FROM oauth_flows WHERE state_hash = $1 RETURNING state_hash AS "stateHash", user_id AS "userId",
          provider, code_verifier AS "codeVerifier", redirect_url AS "redirectUrl", raw_calendar_id AS "rawCalendarId",
          browser_hash AS "browserHash", created_at AS "createdAt", expires_at AS "expiresAt"`,
        [stateHash],
      )
      return rows[0] && rows[0].expiresAt > now ? rows[0] : null
    },
    async removeExpired(now, limit) {
      const { rowCount } = await pool.query(
        `DELETE FROM oauth_flows WHERE state_hash IN (
          SELECT state_hash FROM oauth_flows WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`,
        [now, limit],
      )
      return rowCount ?? 0
    },
  }
}
