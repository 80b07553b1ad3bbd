/** Contracts for the tests of the queue: like those of the catalog, but in milliseconds. */
import { defineJob } from '@seer/core/jobs/define-job'
import { urgency } from '@seer/core/jobs/urgency'
import { z } from 'zod'

const ids = z.object({ meetingId: z.string() })
const retry = { attempts: 3, firstDelayMs: 10, maxDelayMs: 40 }
const never = { attempts: 1, firstDelayMs: 0, maxDelayMs: 0 }

export const testJobs = {
  plain: defineJob({ name: 'plain', queue: 'bots', payload: ids, retry, timeoutMs: 5_000 }),
  'other-newest': defineJob({
    name: 'other-newest',
    queue: 'bots',
    payload: ids,
    retry,
    timeoutMs: 5_000,
    latest: (p) => p.meetingId,
  }),
  /** In the line of its queue; `routine` unless it is enqueued with another urgency. */
  lined: defineJob({
    name: 'lined',
    queue: 'calendars',
    payload: ids,
    retry,
    timeoutMs: 5_000,
    latest: (p) => p.meetingId,
    urgency: urgency.routine,
  }),
  newest: defineJob({
    name: 'newest',
    queue: 'bots',
    payload: ids,
    retry,
    timeoutMs: 5_000,
    latest: (p) => p.meetingId,
  }),
  hasty: defineJob({
    name: 'hasty',
    queue: 'webhooks',
    payload: ids,
    retry: { ...retry, attempts: 2 },
    timeoutMs: 50,
  }),
  tick: defineJob({
    name: 'tick',
    queue: 'sweeps',
    payload: z.object({}),
    retry: never,
    timeoutMs: 1_000,
    everyMs: 150,
  }),
  hourly: defineJob({
    name: 'hourly',
    queue: 'sweeps',
    payload: z.object({}),
    retry: never,
    timeoutMs: 1_000,
    everyMs: 3_600_000,
  }),
} as const

export type TestJobs = typeof testJobs
