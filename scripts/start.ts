/** `npm start`: the whole of Seer on a machine that has only Node, with its data in `.seer/`. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { banner } from './local/banner.ts'
import { runMain } from './local/run-main.ts'
import { startStack } from './local/stack.ts'

const folder = join(fileURLToPath(new URL('..', import.meta.url)), '.seer')

await runMain(async (group) => {
  console.log('Starting Seer. Ctrl-C stops everything.')
  const stack = await startStack(group, {
    folder,
    env: process.env,
    progress: (what, sinceStartMs) => console.log(`  ${what} ready after ${(sinceStartMs / 1000).toFixed(1)} s`),
  })
  console.log(banner(stack))
  await new Promise(() => {})
})
