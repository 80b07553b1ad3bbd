import { repeatableJobs } from '@seer/core/jobs/catalog'
import type { SchedulerTaskRun } from '@seer/core/jobs/scheduler-tasks'
import { z } from 'zod'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'

const timeOrNull = z.iso.datetime().nullable()

const SchedulerTask = z
  .object({
    name: z.string(),
    periodSeconds: z.number(),
    lastStartedAt: timeOrNull.meta({ description: 'Null when the task has never run.' }),
    lastFinishedAt: timeOrNull,
    lastDurationMs: z.int().nullable(),
    lastOutcome: z.enum(['ok', 'failed']).nullable(),
    nextRunAt: timeOrNull.meta({ description: 'Null while the queue cannot be asked.' }),
    lastError: z
      .string()
      .nullable()
      .meta({ description: 'The newest error. Later successes do not remove it; `lastErrorAt` says when it was.' }),
    lastErrorAt: timeOrNull,
  })
  .meta({ id: 'SchedulerTask' })

type RepeatableJob = (typeof repeatableJobs)[number]

export function schedulerStatusRoute(app: ApiScope, { db, queue }: Pick<ApiDeps, 'db' | 'queue'>): void {
  app.route({
    method: 'GET',
    url: `${apiPrefix}/scheduler/status`,
    config: { access: 'admin' },
    schema: {
      tags: ['Operations'],
      summary: 'List the repeatable tasks and their last runs',
      response: answers({ 200: dataOf(z.array(SchedulerTask), 'The tasks.') }),
    },
    handler: async () => {
      const runs = await db.schedulerTasks.list()
      const tasks = repeatableJobs.map(async (name) => {
        const nextRunAt = await queue.nextRun(name).catch(() => null)
        return toTask(
          name,
          // As this installation has configured it.
          queue.catalog[name],
          runs.find((run) => run.name === name),
          nextRunAt,
        )
      })
      return { data: await Promise.all(tasks) }
    },
  })
}

function toTask(
  name: RepeatableJob,
  { everyMs = 0 }: { everyMs?: number },
  run: SchedulerTaskRun | undefined,
  nextRunAt: Date | null,
) {
  return {
    name,
    periodSeconds: everyMs / 1_000,
    lastStartedAt: run?.lastStartedAt?.toISOString() ?? null,
    lastFinishedAt: run?.lastFinishedAt?.toISOString() ?? null,
    lastDurationMs: run?.lastDurationMs ?? null,
    lastOutcome: run?.lastOutcome ?? null,
    nextRunAt: nextRunAt?.toISOString() ?? null,
    lastError: run?.lastError ?? null,
    lastErrorAt: run?.lastErrorAt?.toISOString() ?? null,
  }
}
