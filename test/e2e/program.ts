/** Programs as an operator runs them: a process each, configured by environment alone. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { builtApp } from '../../scripts/local/stack.ts'

export type Exit = { code: number | null; signal: NodeJS.Signals | null }

export type Program = {
  pid: number
  /** What it wrote, line by line. */
  lines: string[]
  running: boolean
  exited: Promise<Exit>
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Exit>
}

/** Starts the built program of an app. It does not wait for it to be ready. */
export function startProgram(app: string, env: NodeJS.ProcessEnv, args: string[] = []): Program {
  const child = spawn(process.execPath, ['--enable-source-maps', builtApp(app), ...args], {
    env: { ...systemEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', (line) => lines.push(line))
  const exited = once(child, 'close').then(([code, signal]): Exit => {
    program.running = false
    return { code, signal }
  })
  const program: Program = {
    pid: child.pid as number,
    lines,
    running: true,
    exited,
    end: (signal) => {
      child.kill(signal)
      return exited
    },
  }
  return program
}

/** Nothing that the developer has configured may reach the programs under test. */
function systemEnvironment(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ']
  return Object.fromEntries(names.map((name) => [name, process.env[name]]))
}
