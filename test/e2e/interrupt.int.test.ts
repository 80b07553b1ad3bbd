import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { eventually } from './eventually.ts'

type Process = { pid: number; parent: number; command: string }

async function processes(): Promise<Process[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'pid=,ppid=,args='], { maxBuffer: 1e8 })
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, command] = /^ *(\d+) +(\d+) (.*)$/.exec(line) ?? []
    return command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }]
  })
}

function descendants(all: Process[], ancestor: number): Process[] {
  const children = all.filter(({ parent }) => parent === ancestor)
  return children.flatMap((child) => [child, ...descendants(all, child.pid)])
}

/** Resolves at the first line of output that matches. */
async function saying(program: ChildProcess, pattern: RegExp): Promise<void> {
  for await (const line of createInterface({ input: program.stdout as NodeJS.ReadableStream })) {
    if (pattern.test(line)) return
  }
  throw new Error(`The program ended without saying ${pattern}.`)
}

test.concurrent.each([
  ['while it starts', /^Starting Seer/, 1],
  ['while a bot records', /recording_started/, 5],
])(
  'Ctrl-C in the demo, %s, leaves no process and no file behind',
  async (_moment, pattern, processesAtLeast) => {
    const folder = await mkdtemp(join(tmpdir(), 'seer-test-interrupt-'))
    const env = { ...process.env, TMPDIR: folder, NODE_ENV: undefined, VITEST: undefined }
    const demo = spawn(process.execPath, ['scripts/run.mjs', 'demo'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    const exit = once(demo, 'close')
    await saying(demo, pattern)
    demo.stdout.resume()
    const started = descendants(await processes(), demo.pid as number)
    expect(started.length).toBeGreaterThanOrEqual(processesAtLeast)
    demo.kill('SIGINT')
    // An interrupted run is no success.
    expect(await exit).toEqual([130, null])
    await eventually(async () => {
      const left = (await processes()).filter(
        ({ pid, command }) => command.includes(folder) || started.some((each) => each.pid === pid),
      )
      expect(left).toEqual([])
    })
    expect((await readdir(folder)).filter((name) => name.startsWith('seer-'))).toEqual([])
    await rm(folder, { recursive: true })
  },
  120_000,
)
