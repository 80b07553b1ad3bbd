import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createProcessGroup, type ProcessGroup } from './processes.ts'

const idle = 'setInterval(() => {}, 1000); console.log("ready")'
const sayOnStop = (word: string) => `process.on("SIGTERM", () => { console.log("${word}"); process.exit() }); ${idle}`

describe('a process group', () => {
  let group: ProcessGroup
  afterEach(() => group.stop())

  test('shows the output of each program behind its name and waits for its ready line', async () => {
    const lines: string[] = []
    group = createProcessGroup({ write: (line) => lines.push(line) })
    const line = await group.start('api', ['-e', `console.error("warming up"); ${idle}`], { readyLine: /^ready$/ })
    expect(line).toBe('ready')
    expect(lines.sort()).toEqual(['api      | ready', 'api      | warming up'])
  })

  test('stops the program first that was started last', async () => {
    const lines: string[] = []
    group = createProcessGroup({ write: (line) => lines.push(line) })
    await group.start('one', ['-e', sayOnStop('one stops')], { readyLine: /ready/ })
    group.onStop(async () => void lines.push('resource closes'))
    await group.start('two', ['-e', sayOnStop('two stops')], { readyLine: /ready/ })
    lines.length = 0
    await group.stop()
    expect(lines).toEqual(['two      | two stops', 'resource closes', 'one      | one stops'])
  })

  test('kills a program that does not stop in time', async () => {
    group = createProcessGroup({ write: () => {}, stopDeadlineMs: 50 })
    const line = await group.start(
      'deaf',
      ['-e', `process.on("SIGTERM", () => {}); console.log(process.pid); ${idle}`],
      {
        readyLine: /^\d+$/,
      },
    )
    await group.stop()
    expect(isAlive(Number(line))).toBe(false)
  })

  test('reports a program that ends by itself', async () => {
    group = createProcessGroup({ write: () => {} })
    await group.start('api', ['-e', 'process.exit(7)'])
    await expect(group.failed).rejects.toThrow('api ended unexpectedly (exit code 7).')
  })

  test('starts nothing more once it is stopping', async () => {
    group = createProcessGroup({ write: () => {} })
    await group.stop()
    await expect(group.start('late', ['-e', idle])).rejects.toThrow('late is not started any more.')
  })
})

describe('a script with three programs leaves none behind', () => {
  let script: Script
  afterEach(() => script.end())

  test.each([
    ['finishes', 'finish', 0],
    ['fails', 'throw', 1],
    ['has a bug', 'uncaught', 1],
  ])('when it %s', async (_how, mode, code) => {
    script = await runScript(mode)
    expect(await script.exitCode).toBe(code)
    await script.programsGone()
  })

  test('on Ctrl-C, with exit code 0', async () => {
    script = await runScript('run')
    await script.output(/all started/)
    script.child.kill('SIGINT')
    expect(await script.exitCode).toBe(0)
    await script.programsGone()
  })

  test('on a second Ctrl-C, without waiting for a program that does not stop', async () => {
    script = await runScript('stubborn')
    await script.output(/all started/)
    script.child.kill('SIGINT')
    await script.output(/ignored/)
    script.child.kill('SIGINT')
    expect(await script.exitCode).toBe(130)
    await script.programsGone()
  })

  test('when one of them is killed, and says which', async () => {
    script = await runScript('run')
    const pidOfSecond = Number((await script.output(/second +\| pid (\d+)[^]*all started/))[1])
    process.kill(pidOfSecond, 'SIGKILL')
    await script.output(/second ended unexpectedly \(SIGKILL\)\./)
    expect(await script.exitCode).toBe(1)
    await script.programsGone()
  })
})

type Script = {
  child: ChildProcess
  exitCode: Promise<number | null>
  output(wanted: RegExp): Promise<RegExpMatchArray>
  programsGone(): Promise<void>
  end(): void
}

async function runScript(mode: string): Promise<Script> {
  const connections: Promise<unknown>[] = []
  const server = createServer((socket) => {
    // A killed program resets the connection.
    socket.on('error', () => {})
    connections.push(once(socket.resume(), 'close'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  const args = ['--import', 'tsx', 'scripts/local/testing/three-programs.ts', mode, String(port)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const programsGone = async () => {
    expect(connections).toHaveLength(3)
    await Promise.all(connections)
  }
  const end = () => {
    child.kill('SIGKILL')
    server.close()
  }
  return { child, programsGone, end, output: watchOutput(child), exitCode: once(child, 'close').then(([code]) => code) }
}

/** Waits until the output has this text. */
function watchOutput(child: ChildProcess): Script['output'] {
  let text = ''
  const changed = new EventEmitter()
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text += chunk
      changed.emit('text')
    })
  }
  return async (wanted) => {
    for (;;) {
      const found = text.match(wanted)
      if (found) return found
      await once(changed, 'text')
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
