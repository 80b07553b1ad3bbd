import type { OauthFlow, OauthFlowStore } from '@seer/core/calendars/connection/consent/oauth'
import type pg from 'pg'
import { type Named, returns, statement } from '../statement.ts'

/** Started consents in Postgres. */
export function openOauthFlowStore(pool: pg.Pool): OauthFlowStore {
  return {
    async add(flow) {
      await add.count(pool, flow)
    },
    async take(stateHash, now) {
      const flow = await take.first(pool, { stateHash })
      return flow && flow.expiresAt > now ? flow : null
    },
    removeExpired: (now, limit) => removeExpired.count(pool, { now, limit }),
  }
}

const add = statement(
  'oauth-flow-add',
  (p: Named<OauthFlow>) => `
    INSERT INTO oauth_flows (state_hash, user_id, provider, code_verifier, redirect_url, raw_calendar_id,
      browser_hash, created_at, expires_at)
    VALUES (${p.stateHash}, ${p.userId}, ${p.provider}, ${p.codeVerifier}, ${p.redirectUrl}, ${p.rawCalendarId},
      ${p.browserHash}, ${p.createdAt}, ${p.expiresAt})`,
  { isPrepared: false },
)

const take = statement(
  'oauth-flow-take',
  (p: Named<{ stateHash: string }>) => `
    DELETE FROM oauth_flows WHERE state_hash = ${p.stateHash} RETURNING state_hash AS "stateHash", user_id AS "userId",
      provider, code_verifier AS "codeVerifier", redirect_url AS "redirectUrl", raw_calendar_id AS "rawCalendarId",
      browser_hash AS "browserHash", created_at AS "createdAt", expires_at AS "expiresAt"`,
  {
    returns: returns<OauthFlow>({
      stateHash: 'text',
      userId: 'uuid',
      provider: 'text',
      codeVerifier: 'text',
      redirectUrl: 'text',
      rawCalendarId: 'text',
      browserHash: 'text',
      createdAt: 'timestamptz',
      expiresAt: 'timestamptz',
    }),
    isPrepared: false,
  },
)

const removeExpired = statement(
  'oauth-flow-remove-expired',
  (p: Named<{ now: Date; limit: number }>) => `DELETE FROM oauth_flows WHERE state_hash IN (
    SELECT state_hash FROM oauth_flows WHERE expires_at <= ${p.now} ORDER BY expires_at LIMIT ${p.limit})`,
  { isPrepared: false },
)
