import { expect, test } from 'vitest'
import { openSeer, usualBackend } from './seer.ts'

/** The running programs that this process started. */
const running = () => process.getActiveResourcesInfo().filter((kind) => kind === 'ProcessWrap').length

test.each([
  ['the API', { RATE_LIMIT_PER_MINUTE: 'none' }, /^api did not start: .*RATE_LIMIT_PER_MINUTE/s],
  ['a worker', { WEBHOOK_RETENTION_DAYS: 'none' }, /^worker did not start: .*WEBHOOK_RETENTION_DAYS/s],
])('when %s does not start, nothing else is left running', async (_, env, complaint) => {
  const before = running()
  await expect(openSeer({ backend: usualBackend(), workers: 2, env })).rejects.toThrow(complaint)
  expect(running()).toBe(before)
})
