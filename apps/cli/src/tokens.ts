import {
  findStaleTokens,
  type Rotation,
  rotateTokens,
  type UnreadableToken,
} from '@seer/core/calendars/connection/consent/rotate-tokens'
import { openSecretCipher } from '@seer/infra/crypto/open-secret-cipher'
import type { Database } from '@seer/infra/db/open-db'
import type { Command } from 'commander'
import { readTokenSettings } from './config.ts'
import { withDb } from './with-db.ts'

/** `tokens status | rotate` */
export function addTokenCommands(program: Command): void {
  const tokens = program.command('tokens').description('Stored tokens of connected calendars, and ENCRYPTION_KEYS')
  tokens
    .command('status')
    .description('Count the tokens that are not encrypted with the first key of ENCRYPTION_KEYS.')
    .action(showStatus)
  tokens
    .command('rotate')
    .description(
      'Encrypt all tokens with the first key of ENCRYPTION_KEYS. Safe to stop, to repeat, and to run while Seer runs.',
    )
    .action(rotate)
}

async function showStatus(): Promise<void> {
  const { stale, unreadable } = await withTokens(findStaleTokens)
  if (stale === 0) return console.log('All stored tokens are encrypted with the first key of ENCRYPTION_KEYS.')
  console.log(`${calendars(stale)} with a token that is encrypted with an older key.`)
  complain(unreadable)
  if (unreadable.length < stale) console.log('Encrypt them with the first key: npm run seer -- tokens rotate')
}

async function rotate(): Promise<void> {
  const { resealed, unreadable } = await withTokens((deps) => rotateTokens(deps, tell))
  console.log(`${calendars(resealed)} encrypted with the first key of ENCRYPTION_KEYS.`)
  complain(unreadable)
  if (unreadable.length > 0) process.exitCode = 1
}

/** Prints a line now and then, so that the operator sees progress. */
function tell({ resealed }: Rotation): void {
  if (resealed > 0 && resealed % 1_000 === 0) console.log(`${calendars(resealed)} so far`)
}

function complain(unreadable: UnreadableToken[]): void {
  if (unreadable.length === 0) return
  console.error(`${calendars(unreadable.length)} whose token cannot be opened:`)
  for (const { integrationId, reason } of unreadable) console.error(`  ${integrationId}: ${reason}`)
}

const calendars = (count: number) => (count === 1 ? '1 calendar' : `${count} calendars`)

type Deps = Pick<Database, 'integrations'> & { cipher: ReturnType<typeof openSecretCipher>; sealedPrefix: string }

function withTokens<T>(work: (deps: Deps) => Promise<T>): Promise<T> {
  const cipher = openSecretCipher(readTokenSettings().ENCRYPTION_KEYS)
  return withDb(({ integrations }) => work({ integrations, cipher, sealedPrefix: cipher.sealedPrefix }))
}
