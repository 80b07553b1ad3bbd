import { readFileSync } from 'node:fs'
import { jobCatalog } from '@seer/core/jobs/catalog'
import { queueNames } from '@seer/core/jobs/define-job'
import { defaultConcurrency } from '@seer/infra/queue/run/start-workers'
import { expect, test } from 'vitest'

/** A row of the table of queues: name, jobs, and how many run at a time. */
const row = /^\| `([a-z]+)` \| ([a-z, -]+) \| (\d+) \|$/gm

test('the page on scaling lists every queue with its jobs, and how many run at a time', () => {
  const page = readFileSync(new URL('../docs/scaling.md', import.meta.url), 'utf8')
  const listed = [...page.matchAll(row)].map(([, queue, jobs = '', atATime]) => [
    queue,
    jobs.split(', ').sort(),
    Number(atATime),
  ])
  const contracts = Object.values(jobCatalog)
  const ours = queueNames.map((queue) => [
    queue,
    contracts.flatMap((contract) => (contract.queue === queue ? [contract.name] : [])).sort(),
    defaultConcurrency[queue],
  ])
  expect(listed.sort()).toEqual(ours.sort())
})
