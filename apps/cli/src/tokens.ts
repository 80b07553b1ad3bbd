import {
  findStaleTokens,
  type Rotation,
  rotateTokens,
  type UnreadableToken,
} from '@seer/core/calendars/connection/consent/rotate-tokens'
import { findStaleSecrets, resealSecrets, type StaleEndpoints } from '@seer/core/log/endpoints/reseal-secrets'
import { openSecretCipher } from '@seer/infra/crypto/open-secret-cipher'
import type { Database } from '@seer/infra/db/open-db'
import type { Command } from 'commander'
import { readTokenSettings } from './config.ts'
import { withDb } from './with-db.ts'

/** `tokens status | rotate` */
export function addTokenCommands(program: Command): void {
  const tokens = program
    .command('tokens')
    .description('Stored tokens of calendars and secrets of webhook endpoints, and ENCRYPTION_KEYS')
  tokens
    .command('status')
    .description('Count what is not encrypted with the first key of ENCRYPTION_KEYS.')
    .action(showStatus)
  tokens
    .command('rotate')
    .description(
      'Encrypt all of it with the first key of ENCRYPTION_KEYS. Safe to stop, to repeat, and to run while Seer runs.',
    )
    .action(rotate)
}

async function showStatus(): Promise<void> {
  const [tokens, secrets] = await withTokens(async (deps) => [
    await findStaleTokens(deps),
    await findStaleSecrets(deps),
  ])
  const stale = tokens.stale + secrets.stale
  if (stale === 0) return console.log('All stored tokens are encrypted with the first key of ENCRYPTION_KEYS.')
  if (tokens.stale > 0) console.log(`${calendars(tokens.stale)} with a token that is encrypted with an older key.`)
  if (secrets.stale > 0) console.log(`${endpoints(secrets.stale)} with a secret that is encrypted with an older key.`)
  complain(tokens.unreadable, secrets)
  if (tokens.unreadable.length + secrets.unreadable.length < stale)
    console.log('Encrypt them with the first key: npm run seer -- tokens rotate')
}

async function rotate(): Promise<void> {
  const [tokens, secrets] = await withTokens(async (deps) => [
    await rotateTokens(deps, tell),
    await resealSecrets(deps),
  ])
  console.log(`${calendars(tokens.resealed)} encrypted with the first key of ENCRYPTION_KEYS.`)
  if (secrets.stale > 0) console.log(`${endpoints(secrets.stale)} encrypted with the first key of ENCRYPTION_KEYS.`)
  if (!complain(tokens.unreadable, secrets)) process.exitCode = 1
}

/** Prints a line now and then, so that the operator sees progress. */
function tell({ resealed }: Rotation): void {
  if (resealed > 0 && resealed % 1_000 === 0) console.log(`${calendars(resealed)} so far`)
}

/** @returns whether there is nothing to complain about */
function complain(tokens: UnreadableToken[], { unreadable: secrets }: StaleEndpoints): boolean {
  if (tokens.length > 0) console.error(`${calendars(tokens.length)} whose token cannot be opened:`)
  for (const { integrationId, reason } of tokens) console.error(`  ${integrationId}: ${reason}`)
  if (secrets.length > 0) console.error(`${endpoints(secrets.length)} whose secret cannot be opened:`)
  for (const { endpointId, reason } of secrets) console.error(`  ${endpointId}: ${reason}`)
  return tokens.length + secrets.length === 0
}

const calendars = (count: number) => (count === 1 ? '1 calendar' : `${count} calendars`)
const endpoints = (count: number) => (count === 1 ? '1 webhook endpoint' : `${count} webhook endpoints`)

type Deps = Pick<Database, 'integrations' | 'endpoints'> & {
  cipher: ReturnType<typeof openSecretCipher>
  sealedPrefix: string
}

function withTokens<T>(work: (deps: Deps) => Promise<T>): Promise<T> {
  const cipher = openSecretCipher(readTokenSettings().ENCRYPTION_KEYS)
  return withDb((db) => work({ ...db, cipher, sealedPrefix: cipher.sealedPrefix }))
}
