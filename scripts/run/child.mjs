import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { root, UserError } from './context.mjs'

/**
 * Who signals our process group, as a terminal does on Ctrl-C and `timeout` at its end, signals npm, too, and npm signals
 * us. A signal that comes this soon after another is npm's echo. A program that gets two stops at once, and not in order.
 */
const echoMs = 500

/** When the leader of a process group has ended, the rest of the group is killed after this time. */
const stragglersMs = 5_000

/**
 * Runs one program in the foreground. Returns its exit code, or 128 + n after signal n.
 *
 * The child has its own process group. So Ctrl-C reaches it once, through us, and not three times: from the terminal,
 * from npm and from us. When the child ends, nothing of its group stays behind.
 */
export async function runForeground(program, args, options = {}) {
  const child = spawn(program, args, { cwd: root, stdio: 'inherit', detached: true, ...options })
  const release = forwardSignals(child)
  try {
    const [code, signal] = await ended(child, program)
    await endGroup(child.pid)
    return code ?? 128 + constants.signals[signal]
  } finally {
    release()
  }
}

/** Runs a preparation step. Its output is shown only if it fails, unless `stdio` says otherwise. */
export async function runStep(program, args, options = {}) {
  const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk))
  const [code, signal] = await ended(child, program)
  return { ok: code === 0, interrupted: signal !== null, output: output.trim() }
}

function ended(child, program) {
  return new Promise((resolve, reject) => {
    child.once('close', (code, signal) => resolve([code, signal]))
    child.once('error', (error) => {
      const reason = error.code === 'ENOENT' ? 'it is not installed, or not on the PATH' : error.message
      reject(new UserError(`Cannot run ${program}: ${reason}.`))
    })
  })
}

function forwardSignals(child) {
  let last = null
  const forward = (signal) => {
    const now = Date.now()
    if (last !== null && now - last < echoMs) return
    last = now
    // A closed terminal means an orderly stop.
    child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, forward)
  // A closed terminal ends npm and signals us: then the program has been told already.
  const watch = watchParent(() => last === null && forward('SIGTERM'))
  return () => {
    clearInterval(watch)
    for (const signal of signals) process.off(signal, forward)
  }
}

/**
 * npm runs us through a shell. If npm or the shell is killed, no signal reaches us, but we get another parent, which is
 * noticed here. Without npm a process may outlive its parent, as with nohup.
 */
function watchParent(onOrphaned) {
  if (!process.env.npm_lifecycle_event) return undefined
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    onOrphaned()
  }, 500)
  return timer.unref()
}

async function endGroup(leader) {
  if (!signalGroup(leader, 'SIGTERM')) return
  const deadline = Date.now() + stragglersMs
  while (Date.now() < deadline) {
    if (!signalGroup(leader, 0)) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  signalGroup(leader, 'SIGKILL')
}

/** False when the group is gone. */
function signalGroup(leader, signal) {
  try {
    return process.kill(-leader, signal)
  } catch {
    return false
  }
}
