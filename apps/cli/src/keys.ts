import { createApiKey } from '@seer/core/people/api-keys'
import { type Scope, scopes } from '@seer/core/people/caller'
import { newId } from '@seer/infra/ids'
import { type Command, InvalidArgumentError } from 'commander'
import { withDb } from './with-db.ts'

type CreateOptions = { user: string; scopes: Scope[]; label?: string; expiresInDays?: number; json?: boolean }

/** `keys create | list | revoke` */
export function addKeyCommands(program: Command): void {
  const keys = program.command('keys').description('API keys of callers')
  keys
    .command('create')
    .description('Make an API key. It is shown once and never again.')
    .requiredOption('--user <name>', 'whose key it is; a new name makes a new user', readName)
    .option('--scopes <list>', `which of ${scopes.join(', ')}, separated by commas`, readScopes, ['read', 'write'])
    .option('--label <text>', 'what the key is for, to recognise it later')
    .option('--expires-in-days <days>', 'after how many days the key stops working', readDays)
    .option('--json', 'print JSON')
    .action(createKey)
  keys
    .command('list')
    .description('List the keys by their visible prefixes. The keys themselves are not shown.')
    .option('--user <name>', 'only the keys of this user')
    .option('--json', 'print JSON')
    .action(listKeys)
  keys
    .command('revoke <key>')
    .description('Stop a key from working. Name it by its id or its visible prefix.')
    .action(revokeKey)
}

async function createKey(options: CreateOptions): Promise<void> {
  const { expiresInDays } = options
  const expiresAt = expiresInDays === undefined ? null : new Date(Date.now() + expiresInDays * 24 * 3_600_000)
  const order = { userName: options.user, label: options.label ?? null, scopes: options.scopes, expiresAt }
  const made = await withDb((db) => createApiKey({ keys: db.apiKeys, newId }, order))
  if (options.json)
    return console.log(JSON.stringify({ ...made, user: options.user, scopes: options.scopes, expiresAt }))
  console.log(`API key of ${options.user} (${options.scopes.join(', ')}). Copy it now; it is not shown again:`)
  console.log(made.key)
}

async function listKeys(options: { user?: string; json?: boolean }): Promise<void> {
  const keys = await withDb((db) => db.apiKeys.list(options.user ?? null))
  if (options.json) return console.log(JSON.stringify(keys))
  if (keys.length === 0) return console.log('There are no keys.')
  console.table(
    keys.map((key) => ({
      prefix: key.prefix,
      user: key.userName,
      scopes: key.scopes.join(', '),
      label: key.label ?? '',
      created: key.createdAt.toISOString().slice(0, 10),
      'last used': key.lastUsedAt?.toISOString() ?? 'never',
      state: describeState(key),
    })),
  )
}

function describeState({ revokedAt, expiresAt }: { revokedAt: Date | null; expiresAt: Date | null }): string {
  if (revokedAt) return `revoked ${revokedAt.toISOString().slice(0, 10)}`
  if (!expiresAt) return 'active'
  return expiresAt <= new Date() ? 'expired' : `until ${expiresAt.toISOString().slice(0, 10)}`
}

async function revokeKey(idOrPrefix: string): Promise<void> {
  const revoked = await withDb((db) => db.apiKeys.revoke(idOrPrefix, new Date()))
  if (!revoked) throw new Error(`There is no active key with the id or prefix "${idOrPrefix}".`)
  console.log('Revoked. API processes stop accepting it within seconds.')
}

function readName(text: string): string {
  if (!/^[\w.@+-]{1,100}$/.test(text)) {
    throw new InvalidArgumentError('A name has 1 to 100 letters, digits or . _ @ + - characters.')
  }
  return text
}

function readScopes(text: string): Scope[] {
  const names = text.split(',').map((name) => name.trim())
  const wrong = names.find((name) => !scopes.includes(name as Scope))
  if (wrong !== undefined) throw new InvalidArgumentError(`"${wrong}" is not one of ${scopes.join(', ')}.`)
  return [...new Set(names as Scope[])]
}

function readDays(text: string): number {
  const days = Number(text)
  if (!Number.isFinite(days) || days <= 0 || days > 3_650) {
    throw new InvalidArgumentError('Give a number of days above 0, at most 3650.')
  }
  return days
}
