import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const entry = fileURLToPath(new URL('../dist/main.js', import.meta.url))

/** The operator CLI as a built program, with nothing but this environment; its output by lines. */
export async function runCli(args: string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [entry, ...args], { env })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code, out: out.trim().split('\n'), err: err.trim().split('\n') }
}
