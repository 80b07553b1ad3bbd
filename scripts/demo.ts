/**
 * `npm run demo`: the main job from end to end, on temporary data. A bot is ordered, joins a meeting in the sandbox and
 * records. Its recording is fetched and checked, and its transcript searched and read. Then a calendar is connected and its
 * events are recorded by rule: bots are booked, moved and called off with their events. A small receiver gets all of it as
 * signed webhooks, which are shown beside the feed. Exits with 0 only if all of that worked.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { demonstrateBot } from './demo/bot.ts'
import { demonstrateCalendar } from './demo/calendar.ts'
import { receiveWebhooks, showEvents } from './demo/events.ts'
import type { ProcessGroup } from './local/processes.ts'
import { runMain } from './local/run-main.ts'
import { type Stack, startStack } from './local/stack.ts'

const { values } = parseArgs({ options: { speed: { type: 'string', default: '60' } } })

/** How much faster sandbox time runs: a meeting of ten minutes takes ten seconds. */
const speed = Number(values.speed)
const deadlineMs = 90_000

await runMain(main, { interruptedExitCode: 130 })

async function main(group: ProcessGroup): Promise<void> {
  console.log('Starting Seer on temporary data.')
  const folder = await mkdtemp(join(tmpdir(), 'seer-demo-'))
  group.onStop(() => rm(folder, { recursive: true, force: true }))
  const stack = await startStack(group, {
    folder,
    temporary: true,
    speed,
    env: systemEnvironment(),
    progress: (what, sinceStartMs) => console.log(`  ${what} ready after ${(sinceStartMs / 1000).toFixed(1)} s`),
  })
  const deadline = AbortSignal.timeout(deadlineMs)
  await demonstrate(stack, group, deadline).catch((error) => {
    throw deadline.aborted ? new Error(`The demo did not finish within ${deadlineMs / 1000} s.`) : error
  })
  console.log('\nThe demo worked. Everything that it started is stopped and removed. `npm start` keeps its data.')
}

async function demonstrate(stack: Stack, group: ProcessGroup, deadline: AbortSignal): Promise<void> {
  const received = await receiveWebhooks(stack, group, deadline)
  await demonstrateBot(stack, deadline)
  await demonstrateCalendar(stack, deadline)
  await showEvents(stack, received, deadline)
}

/** The demo must not touch what the user configured: neither a database nor a real Meeting BaaS account. */
function systemEnvironment(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'USER', 'LANG', 'TZ', 'TMPDIR', 'NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS', 'LOG_LEVEL']
  return Object.fromEntries(names.map((name) => [name, process.env[name]]).filter(([, value]) => value !== undefined))
}
