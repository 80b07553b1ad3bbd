/** Programs as an operator runs them: separate processes, configured only by environment. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { builtApp } from '../../scripts/local/stack.ts'
import { untilHealthy } from '../../scripts/local/until-healthy.ts'

export type Exit = { code: number | null; signal: NodeJS.Signals | null }

export type Program = {
  running: boolean
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Exit>
}

const linesInComplaint = 20
/** Enough on a busy machine, and less than the time limit of a hook. */
const startsWithinMs = 80_000

/** Starts the built program of an app and waits until this address answers 200. @throws {Error} with its last output */
export async function startProgram(app: string, env: NodeJS.ProcessEnv, healthUrl: string): Promise<Program> {
  const child = spawn(process.execPath, [builtApp(app)], {
    env: { ...systemEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const killWithUs = () => child.kill('SIGKILL')
  process.once('exit', killWithUs)
  const lines: string[] = []
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      if (lines.push(line) > linesInComplaint) lines.shift()
    })
  }
  const program: Program = {
    running: true,
    end: (signal) => {
      child.kill(signal)
      return exited
    },
  }
  const exited = once(child, 'close').then(([code, signal]): Exit => {
    program.running = false
    process.off('exit', killWithUs)
    return { code, signal }
  })
  const early = exited.then(({ code, signal }) => Promise.reject(new Error(`It ended with ${signal ?? code}.`)))
  try {
    await Promise.race([untilHealthy(healthUrl, startsWithinMs), early])
  } catch (error) {
    await program.end('SIGKILL')
    throw new Error(`${app} did not start: ${(error as Error).message}\n${lines.join('\n')}`, { cause: error })
  } finally {
    early.catch(() => {})
  }
  return program
}

/** The developer's own variables must not reach the programs under test. */
function systemEnvironment(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ']
  return Object.fromEntries(names.map((name) => [name, process.env[name]]))
}

/** A command of the built operator CLI while it runs. */
export type Command = {
  /** Its exit code and output, stderr included, when it has ended. */
  result: Promise<{ code: number | null; output: string }>
  kill(): void
}

export function startCommand(args: string[], env: NodeJS.ProcessEnv): Command {
  const child = spawn(process.execPath, [builtApp('cli'), ...args], { env: { ...systemEnvironment(), ...env } })
  const result = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return {
    result: result.then(([out, err, [code]]) => ({ code, output: out + err })),
    kill: () => void child.kill('SIGKILL'),
  }
}
