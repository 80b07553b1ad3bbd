import { join } from 'node:path'
import { runForeground } from './child.mjs'
import { root, UserError } from './context.mjs'
import { prepare } from './prepare.mjs'

const node = process.execPath
const apps = { api: 'api', worker: 'worker', sandbox: 'sandbox', seer: 'cli' }
const scripts = {
  start: 'scripts/start.ts',
  demo: 'scripts/demo.ts',
  bench: 'bench/main.ts',
}

/** Runs one command of package.json and returns its exit code. */
export async function runCommand(command, args) {
  if (command in apps) return runApp(apps[command], args)
  if (command === 'build') return build()
  if (command === 'migrate') return runApp('cli', ['migrate', ...args])
  if (command in scripts) return runScript(scripts[command], args)
  if (command === 'migration') return runScript('scripts/create-migration.ts', args, { build: false })
  if (command === 'format') return runTool('@biomejs/biome/bin/biome', ['check', '--write', ...args])
  if (command === 'test' || command === 'check') return runChecks(command, args)
  const others = ['migrate', 'migration', 'build', 'format', 'test', 'check']
  const known = [...Object.keys(apps), ...Object.keys(scripts), ...others]
  throw new UserError(`There is no command "${command ?? ''}". The commands are: ${known.join(', ')}.`)
}

/** Without source maps: the first error would load all of them, 90 MB a process. The compiled code is readable, too. */
async function runApp(app, args) {
  await prepare()
  return runForeground(node, [join(root, 'apps', app, 'dist/main.js'), ...args])
}

/** For images and other places that install and start in two steps. All other commands build by themselves. */
async function build() {
  await prepare()
  return 0
}

/** Runs a development script from its source. */
async function runScript(file, args, { build = true } = {}) {
  await prepare({ build })
  return runForeground(node, ['--conditions=source', '--import', 'tsx', '--enable-source-maps', file, ...args])
}

async function runTool(tool, args) {
  await prepare({ build: false })
  return runForeground(node, [join('node_modules', tool), ...args])
}

/** For selected tests the build comes first; the whole suite builds by itself. */
async function runChecks(command, args) {
  await prepare({ build: args.length > 0 })
  const { runSuite } = await import('./suite.mjs')
  return runSuite(command, args)
}
