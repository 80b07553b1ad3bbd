/**
 * For the tests of run-main.ts: a script as a user runs it. It starts three programs, and one can be told to misbehave.
 */
import { runMain } from '../run-main.ts'

const [mode, port] = process.argv.slice(2)
// The test holds the other end of the connection, so it sees when the program is gone.
const obedient = `require('net').connect(${port}, '127.0.0.1', () => console.log('pid', process.pid))`
const stubborn = `process.on('SIGTERM', () => console.log('ignored')); ${obedient}`

await runMain(async (group) => {
  await group.start('first', ['-e', obedient], { readyLine: /pid/ })
  await group.start('second', ['-e', mode === 'stubborn' ? stubborn : obedient], { readyLine: /pid/ })
  await group.start('third', ['-e', obedient], { readyLine: /pid/ })
  console.log('all started')
  if (mode === 'throw') throw new Error('The demo failed.')
  if (mode === 'uncaught') setImmediate(() => Promise.reject(new Error('a bug')))
  if (mode !== 'finish') await new Promise(() => {})
})
