import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runStep } from './child.mjs'
import { root, UserError } from './context.mjs'
import { withLock } from './lock.mjs'

const stamps = join(root, 'node_modules', '.stamps')

/** No step may look for updates or print advertisements. */
const quiet = { CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1', NPM_CONFIG_UPDATE_NOTIFIER: 'false' }

/** Installs, generates and builds what is out of date. A production image has everything already. */
export async function prepare({ build = true } = {}) {
  if (process.env.SEER_PREBUILT === '1') return
  await withLock(async () => {
    await stamped('install', installInputs(), join(root, 'node_modules', '.modules.yaml'), install)
    const client = join(root, 'packages/infra/src/db/generated/client.ts')
    await stamped(
      'generate',
      ['prisma/schema.prisma', 'prisma.config.ts', 'node_modules/prisma/package.json'],
      client,
      generate,
    )
    if (build) await compile()
  })
}

function installInputs() {
  const members = ['apps', 'packages'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => `${folder}/${name}/package.json`),
  )
  return ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...members].filter((file) =>
    existsSync(join(root, file)),
  )
}

/** Runs a step unless nothing changed since its last success: its inputs are the same and its output is there. */
async function stamped(name, inputs, output, step) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${root}`)
  for (const file of inputs) hash.update(`\0${file}\0`).update(readFileSync(join(root, file)))
  const wanted = hash.digest('hex')
  const stamp = join(stamps, name)
  if (existsSync(output) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  await step()
  mkdirSync(stamps, { recursive: true })
  writeFileSync(stamp, wanted)
}

async function install() {
  const pnpm = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager
  const args = ['--yes', '--loglevel=error', pnpm, 'install', '--frozen-lockfile', '--loglevel=error']
  // CI=1 keeps pnpm from asking questions that nobody sees.
  await step('Installing dependencies', 'npx', args, { CI: '1' })
}

async function generate() {
  // The Prisma CLI would download a native engine that `generate` never calls. Any existing program satisfies it.
  const env = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath }
  await step(
    'Generating the database client',
    process.execPath,
    ['node_modules/prisma/build/index.js', 'generate'],
    env,
  )
}

async function compile() {
  const result = await runStep(process.execPath, ['node_modules/typescript/bin/tsc', '-b'])
  if (!result.ok) throw failure('Building', result)
}

async function step(title, program, args, env) {
  const start = Date.now()
  const seconds = () => `${((Date.now() - start) / 1000).toFixed(1)} s`
  process.stderr.write(`${title} … `)
  const stopTicking = process.stderr.isTTY ? tick(() => process.stderr.write(`\r${title} … ${seconds()}`)) : () => {}
  let ending = 'failed'
  try {
    const result = await runStep(program, args, { env: { ...process.env, ...quiet, ...env } })
    if (!result.ok) throw failure(title, result)
    ending = seconds()
  } finally {
    stopTicking()
    process.stderr.write(`${process.stderr.isTTY ? `\r${title} … ` : ''}${ending}\n`)
  }
}

/** A first install takes a while. The moving seconds show that something is going on. */
function tick(show) {
  const timer = setInterval(() => show(), 100)
  return () => clearInterval(timer)
}

function failure(title, { interrupted, output }) {
  if (interrupted) return new UserError(`${title} was interrupted.`)
  return new UserError(`${title} failed. The tool said:\n${output}`)
}
