import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
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

test('Ctrl-C, which arrives from the terminal and again from npm, reaches the program once', async () => {
  const started = start(
    ready("process.on('SIGINT', () => { console.log('interrupted'); setTimeout(process.exit, 100) })"),
  )
  await once(runner.stdout!, 'data')
  runner.kill('SIGINT')
  await once(runner.stdout!, 'data')
  runner.kill('SIGINT')
  expect(await outcomeOf(started)).toMatchObject({
    exitCode: 0,
    output: expect.stringMatching(/^ready\ninterrupted\n$/),
  })
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

/** Runs the code as the foreground program of another process, like scripts/run.mjs. */
function start(code: string, program = process.execPath): Started {
  const script = `
    import { runForeground } from './scripts/run/child.mjs'
    const args = ${JSON.stringify(['-e', code])}
    try {
      process.exitCode = await runForeground(${JSON.stringify(program)}, args)
    } catch (error) {
      console.error(error.message)
      process.exitCode = 1
    }`
  runner = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] })
  return { output: text(runner.stdout!), errors: text(runner.stderr!), exit: once(runner, 'close') }
}

async function outcomeOf({ output, errors, exit }: Started) {
  const [exitCode] = await exit
  return { exitCode, output: await output, errors: await errors }
}
