import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runModel } from './model-runs.ts'

function listening() {
  const lines: string[] = []
  return { lines, tell: (line: string) => void lines.push(line) }
}

test('the seed is told before the first run', async () => {
  const { lines, tell } = listening()
  const toldByThen: number[] = []
  const property = fc.property(fc.nat(), () => void toldByThen.push(lines.length))
  await runModel(property, { runs: 3, tell })
  expect(lines).toEqual([expect.stringMatching(/^the seed is told before the first run: seed -?\d+$/)])
  expect(toldByThen).toEqual([1, 1, 1])
})

test('a failure is told with its seed before it is shrunk, and thrown with the counterexample', async () => {
  const { lines, tell } = listening()
  const property = fc.property(fc.nat(), (n) => {
    expect(n).toBeLessThan(50)
  })
  const failure = await runModel(property, { tell }).catch((error: Error) => error)
  const seed = lines[0]?.split(' ').at(-1)
  expect(lines[1]).toMatch(new RegExp(`: seed ${seed} fails, shrinking: .*expected \\d+ to be less than 50`))
  expect(String(failure)).toContain(`seed: ${seed}`)
  expect(String(failure)).toContain('Counterexample: [50]')
})

test('a failure that takes too long to shrink is thrown when the time is up', async () => {
  const { tell } = listening()
  const slow = () => new Promise((resolve) => setTimeout(resolve, 20))
  const property = fc.asyncProperty(fc.array(fc.nat(), { minLength: 30 }), async () => {
    await slow()
    throw new Error('never right')
  })
  await expect(runModel(property, { withinMs: 150, tell })).rejects.toThrow('never right')
})

test('time that is up before the last run is told, and what was tried counts', async () => {
  const { lines, tell } = listening()
  const property = fc.asyncProperty(fc.nat(), () => new Promise<void>((resolve) => setTimeout(resolve, 20)))
  await runModel(property, { runs: 1_000, withinMs: 150, tell })
  expect(lines[1]).toMatch(/: the time was up after \d+ of 1000 runs$/)
})

test('when nothing could be tried in time, that is a failure', async () => {
  const property = fc.asyncProperty(fc.nat(), () => new Promise<void>((resolve) => setTimeout(resolve, 200)))
  await expect(runModel(property, { withinMs: 20, tell: () => {} })).rejects.toThrow('interrupted after 0 tests')
})
