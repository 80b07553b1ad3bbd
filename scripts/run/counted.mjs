import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { root } from './context.mjs'
import { failureMark } from './failures.mjs'

const closingLine = /^(\d+) passed, (\d+) failed$/

/**
 * Runs a program whose last line is "N passed, N failed", shows its output, and returns the counts and the lines about
 * failures. Its last line gets a title in front, so that only the line with the sum looks like a sum.
 */
export async function runCounted(title, program, args, env = process.env) {
  console.log(`\n${title}\n`)
  const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(child, 'exit')
  let counts = null
  const failures = []
  for await (const line of createInterface({ input: child.stdout })) {
    const found = closingLine.exec(line)
    if (found) counts = { passed: Number(found[1]), failed: Number(found[2]) }
    if (line.startsWith(failureMark)) failures.push(line)
    console.log(found ? `${title}: ${line}` : line)
  }
  const [code] = await exit
  return { ...verdict(counts, code), failures }
}

/** A missing last line, or an exit code that the counts do not explain, is a failure. */
export function verdict(counts, code) {
  const { passed, failed } = counts ?? { passed: 0, failed: 0 }
  const isUnexplained = failed === 0 && (counts === null || code !== 0)
  return { passed, failed: isUnexplained ? 1 : failed }
}

export function add(all) {
  const sum = (of) => all.reduce((total, counts) => total + of(counts), 0)
  return { passed: sum(({ passed }) => passed), failed: sum(({ failed }) => failed) }
}
