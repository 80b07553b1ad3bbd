import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const entry = fileURLToPath(new URL('../dist/main.js', import.meta.url))

/** Runs the built CLI with only this environment. Returns its output by lines. */
export async function runCli(args: string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [entry, ...args], { env })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code, out: out.trim().split('\n'), err: err.trim().split('\n') }
}
