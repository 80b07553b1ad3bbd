/**
 * Every npm script calls this. It prepares what is missing (dependencies, Prisma client, build), then runs one command.
 * Plain JavaScript without dependencies, because it runs before anything is installed.
 *
 * The npm scripts say `exec node …`, so that no shell stays between npm and this process. Then npm sends signals to us
 * and not to the shell, and waits until we have stopped.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root, UserError } from './run/context.mjs'

const minimum = [20, 19, 0]

try {
  checkNodeVersion()
  const [command, ...args] = process.argv.slice(2)
  loadDotEnv(command)
  const { runCommand } = await import('./run/commands.mjs')
  process.exitCode = await runCommand(command, args)
} catch (error) {
  if (!(error instanceof UserError)) throw error
  console.error(error.message)
  process.exitCode = 1
}

function checkNodeVersion() {
  const version = process.versions.node.split('.').map(Number)
  const first = version.findIndex((part, index) => part !== minimum[index])
  if (first !== -1 && version[first] < minimum[first]) {
    throw new UserError(`Seer needs Node ${minimum.join('.')} or newer; this is ${process.versions.node}.`)
  }
}

/**
 * `.env` configures the processes and must not reach the tests or the demo. Without it, the operator CLI uses what `npm
 * start` runs. The real environment wins over both files.
 */
function loadDotEnv(command) {
  if (['api', 'worker', 'migrate', 'seer', 'start'].includes(command)) loadIfThere('.env')
  if (command === 'seer' && !process.env.DATABASE_URL) loadIfThere('.seer/environment')
}

function loadIfThere(name) {
  const file = join(root, name)
  if (existsSync(file)) process.loadEnvFile(file)
}
