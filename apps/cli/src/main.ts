import { RetryableError } from '@seer/core/basics/errors'
import { Command } from 'commander'
import { addBackfillCommand } from './backfill.ts'
import { addDeliveryCommands } from './deliveries.ts'
import { addKeyCommands } from './keys.ts'
import { addMigrateCommand } from './migrate.ts'
import { addTokenCommands } from './tokens.ts'
import { addUserCommands } from './users.ts'
import { addWebhookCommands } from './webhooks.ts'

const program = new Command('seer')
  .description('Operate a Seer deployment. Reads DATABASE_URL and REDIS_URL from the environment or .env.')
  .showHelpAfterError()
addKeyCommands(program)
addUserCommands(program)
addWebhookCommands(program)
addDeliveryCommands(program)
addBackfillCommand(program)
addTokenCommands(program)
addMigrateCommand(program)

try {
  await program.parseAsync()
} catch (error) {
  // Errors here are for the operator: one sentence, no stack.
  console.error(error instanceof Error ? error.message : String(error))
  // 75 is EX_TEMPFAIL of sysexits.h. It tells scripts that the same command may succeed later.
  process.exitCode = error instanceof RetryableError ? 75 : 1
}
