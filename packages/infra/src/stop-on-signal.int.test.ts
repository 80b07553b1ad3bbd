import { fork } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const program = fileURLToPath(new URL('../testing/stopping-program.ts', import.meta.url))

/** A process that has been told to stop and is about to do so. */
async function stopping(how: 'ends' | 'fails' | 'hangs', signal: NodeJS.Signals, timeoutMs = 60_000) {
  const child = fork(program, [JSON.stringify({ how, timeoutMs })], {
    execArgv: ['--conditions=source', '--import', import.meta.resolve('tsx')],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const log = text(child.stdout as NodeJS.ReadableStream)
  const exit = once(child, 'exit')
  await once(child, 'message')
  child.kill(signal)
  await once(child, 'message')
  return {
    signal: (again: NodeJS.Signals) => child.kill(again),
    // Lines that are written as a process ends may come in another order.
    async end() {
      const lines = (await log).split('\n').flatMap((line) => /"msg":"(.*?)"/.exec(line)?.[1] ?? [])
      return { exit: await exit, log: lines.sort() }
    },
  }
}

test.each(['SIGINT', 'SIGTERM'] as const)('%s: what was begun is finished', async (signal) => {
  const process = await stopping('ends', signal)
  expect(await process.end()).toEqual({ exit: [0, null], log: ['process.stopped', 'process.stopping'] })
})

test('a second signal ends it at once', async () => {
  const process = await stopping('hangs', 'SIGTERM')
  process.signal('SIGINT')
  expect(await process.end()).toEqual({ exit: [1, null], log: ['process.stopped_at_once', 'process.stopping'] })
})

test('the deadline cuts off what has not stopped', async () => {
  const process = await stopping('hangs', 'SIGTERM', 50)
  const log = ['process.stopped_with_unfinished_work', 'process.stopping']
  expect(await process.end()).toEqual({ exit: [1, null], log })
})

test('a stop that fails is in the log, and the exit code tells', async () => {
  const process = await stopping('fails', 'SIGTERM')
  expect(await process.end()).toEqual({ exit: [1, null], log: ['process.stop_failed', 'process.stopping'] })
})
