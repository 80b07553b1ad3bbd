import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { prefixed, readableLogLine } from './log-line.ts'

export type ProcessOptions = {
  env?: NodeJS.ProcessEnv
  /** The program prints this line when it is ready; `start` resolves with it. */
  readyLine?: RegExp
}

/** Programs and other resources that live and end together. The last started is stopped first. */
export type ProcessGroup = {
  /** Runs a Node program. Its output appears line by line behind its name. */
  start(name: string, args: string[], options?: ProcessOptions): Promise<string>
  onStop(close: () => Promise<void>): void
  /** Ends the group from outside, as if a program had ended. */
  fail(reason: string): void
  /** Rejects as soon as a program ends that nobody stopped. */
  failed: Promise<never>
  /** Stops everything, once. Later calls wait for the first. */
  stop(): Promise<void>
  /** Kills every program at once, for a process that is about to end itself. */
  kill(): void
}

export type GroupOptions = {
  write?: (line: string) => void
  /** How long a program may take to stop before it is killed. Longer than the 15 s that the apps allow themselves. */
  stopDeadlineMs?: number
}

export function createProcessGroup({ write = console.log, stopDeadlineMs = 20_000 }: GroupOptions = {}): ProcessGroup {
  const closers: (() => Promise<void>)[] = []
  const running = new Set<ChildProcess>()
  let stopping: Promise<void> | undefined
  let reject: (error: Error) => void
  const failed = new Promise<never>((_resolve, rejectFailed) => {
    reject = rejectFailed
  })
  const fail = (reason: string) => {
    if (!stopping) reject(new Error(reason))
  }
  // Callers that wait for `failed` see the rejection. Without any, it must not end the process.
  failed.catch(() => {})

  const start: ProcessGroup['start'] = async (name, args, { env, readyLine } = {}) => {
    if (stopping) throw new Error(`${name} is not started any more.`)
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    running.add(child)
    const exited = exitOf(child).then((how) => {
      running.delete(child)
      fail(`${name} ended unexpectedly (${how}).`)
    })
    closers.push(() => stopChild(child, exited, stopDeadlineMs))
    return new Promise((resolve) => {
      if (!readyLine) resolve('')
      for (const input of [child.stdout, child.stderr]) {
        createInterface({ input }).on('line', (line) => {
          write(prefixed(name, readableLogLine(line)))
          if (readyLine?.test(line)) resolve(line)
        })
      }
    })
  }

  const stop = () => {
    stopping ??= runAll(closers.reverse(), write)
    return stopping
  }
  const kill = () => {
    for (const child of running) child.kill('SIGKILL')
  }
  return { start, stop, kill, fail, failed, onStop: (close) => void closers.push(close) }
}

function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
}

async function stopChild(child: ChildProcess, exited: Promise<void>, deadlineMs: number): Promise<void> {
  child.kill('SIGTERM')
  const timeout = new AbortController()
  const late = delay(deadlineMs, true, { signal: timeout.signal }).catch(() => false)
  if (await Promise.race([exited.then(() => false), late])) child.kill('SIGKILL')
  timeout.abort()
  await exited
}

async function runAll(closers: (() => Promise<void>)[], write: (line: string) => void): Promise<void> {
  for (const close of closers) {
    await close().catch((error: Error) => write(`While stopping: ${error.message}`))
  }
}
