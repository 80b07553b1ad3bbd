import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'

test('npm run demo takes a bot through a meeting, records a calendar by rule, and leaves nothing behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'seer-test-demo-'))
  // Ten times faster than for people who watch.
  const command = ['scripts/run.mjs', 'demo', '--speed', '600']
  const env = { ...process.env, TMPDIR: folder, NODE_ENV: undefined, VITEST: undefined }
  const demo = spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [output, errors, [exitCode]] = await Promise.all([text(demo.stdout), text(demo.stderr), once(demo, 'close')])
  expect(`${output}${errors}`).toContain('bot_completed')
  expect(output).toMatch(/Recording +http.+\n +fetched, \d+ bytes, 9:58\n +SHA-256 [0-9a-f]{64} is right\n/)
  expect(output).toContain('Delivery    good')
  expect(output).toMatch(/Search .+ by Ines Okafor:\n +Good morning, shall we start with the \[forecast\]\?\n/)
  expect(output).toMatch(/Subtitles +as WebVTT, \d+ cues:\n +00:00:00\.000 --> 00:00:03\.200\n +<v Ines Okafor>Good/)
  const steps = output.match(/^ {2}(added|moved|declined) |is booked for|excluded_keyword|is cancelled/gm)
  expect(steps?.map((step) => step.trim())).toEqual([
    'added',
    'is booked for',
    'added',
    'excluded_keyword',
    'moved',
    'is booked for',
    'declined',
    'is cancelled',
  ])
  expect(output).toContain('The demo worked.')
  expect(exitCode).toBe(0)
  // The cache of tsx stays on purpose.
  expect((await readdir(folder)).filter((name) => name.startsWith('seer-'))).toEqual([])
  await rm(folder, { recursive: true })
}, 90_000)
