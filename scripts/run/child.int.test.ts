import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'

let runner: ChildProcess
afterEach(() => void runner.kill('SIGKILL'))

const ready = (code: string) => `${code}; setInterval(() => {}, 1000); console.log('ready')`

test('the exit code is that of the program', async () => {
  expect(await outcomeOf(start('process.exit(7)'))).toMatchObject({ exitCode: 7 })
})

test('a program ended by a signal gives 128 + its number, as in a shell', async () => {
  expect(await outcomeOf(start("process.kill(process.pid, 'SIGTERM')"))).toMatchObject({ exitCode: 143 })
})

const untilStopped = (signal: string) =>
  ready(`process.on('${signal}', () => { console.log('stopping'); setTimeout(process.exit, 100) })`)

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s to the process group, which npm passes on, reaches the program once',
  async (signal) => {
    const started = start(untilStopped(signal))
    await once(runner.stdout!, 'data')
    runner.kill(signal)
    await once(runner.stdout!, 'data')
    runner.kill(signal)
    expect(await outcomeOf(started)).toMatchObject({ exitCode: 0, output: 'ready\nstopping\n' })
  },
)

test('a terminal that is closed, which ends npm, too, stops the program once', async () => {
  const program = ready("process.on('SIGTERM', () => { console.log('stopping'); setTimeout(process.exit, 1500) })")
  const npm = startBelow(program)
  const lines = createInterface({ input: npm.stdout! })[Symbol.asyncIterator]()
  const pid = Number((await lines.next()).value)
  expect((await lines.next()).value).toBe('ready')
  process.kill(pid, 'SIGHUP')
  npm.kill('SIGKILL')
  const rest: string[] = []
  for (let line = await lines.next(); !line.done; line = await lines.next()) rest.push(line.value)
  expect(rest).toEqual(['stopping'])
})

test.each(['SIGTERM', 'SIGHUP'] as const)('%s stops the program in an orderly way', async (signal) => {
  const started = start(ready("process.on('SIGTERM', () => { console.log('terminated'); process.exit(0) })"))
  await once(runner.stdout!, 'data')
  runner.kill(signal)
  expect(await outcomeOf(started)).toMatchObject({ exitCode: 0, output: expect.stringContaining('terminated') })
})

test('processes that the program leaves behind are ended, too', async () => {
  // The pipe closes only when its last process is gone, so the end of the output proves it.
  const started =
    start(`require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })
    .on('spawn', () => process.exit(0))`)
  expect(await outcomeOf(started)).toMatchObject({ exitCode: 0 })
})

test('a program that is not installed gives one sentence', async () => {
  const started = start('', 'no-such-program')
  const sentence = 'Cannot run no-such-program: it is not installed, or not on the PATH.\n'
  expect(await outcomeOf(started)).toMatchObject({ exitCode: 1, errors: sentence })
})

type Started = { output: Promise<string>; errors: Promise<string>; exit: Promise<unknown[]> }

/** Like scripts/run.mjs: runs the code as its foreground program. */
const runnerOf = (code: string, program = process.execPath) => `
    import { runForeground } from './scripts/run/child.mjs'
    const args = ${JSON.stringify(['-e', code])}
    try {
      process.exitCode = await runForeground(${JSON.stringify(program)}, args)
    } catch (error) {
      console.error(error.message)
      process.exitCode = 1
    }`

function start(code: string, program?: string): Started {
  const args = ['--input-type=module', '-e', runnerOf(code, program)]
  runner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  return { output: text(runner.stdout!), errors: text(runner.stderr!), exit: once(runner, 'close') }
}

/** The same below a shell that stands for npm. The first line of its output is the process id of the runner. */
function startBelow(code: string): ChildProcess {
  const args = [process.execPath, '--input-type=module', '-e', runnerOf(code)]
  const env = { ...process.env, npm_lifecycle_event: 'start' }
  runner = spawn('sh', ['-c', '"$@" & echo $!; wait', 'sh', ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  return runner
}

async function outcomeOf({ output, errors, exit }: Started) {
  const [exitCode] = await exit
  return { exitCode, output: await output, errors: await errors }
}
