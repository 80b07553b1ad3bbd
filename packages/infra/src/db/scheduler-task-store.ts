import type { SchedulerTaskRun, SchedulerTaskStore } from '@seer/core/jobs/scheduler-tasks'
import type { PrismaClient } from './generated/client.ts'

/** The runs of scheduled jobs, with Prisma (ADR 3). */
export function openSchedulerTaskStore(prisma: PrismaClient): SchedulerTaskStore {
  return {
    async recordStart(name, at) {
      await prisma.schedulerTask.upsert({
        where: { name },
        create: { name, lastStartedAt: at },
        update: { lastStartedAt: at },
      })
    },
    async recordFinish(name, { at, durationMs, error }) {
      const failure = error === null ? {} : { lastError: error, lastErrorAt: at }
      const run = { lastFinishedAt: at, lastDurationMs: durationMs, lastOutcome: error === null ? 'ok' : 'failed' }
      await prisma.schedulerTask.update({ where: { name }, data: { ...run, ...failure } })
    },
    async list() {
      const rows = await prisma.schedulerTask.findMany({ orderBy: { name: 'asc' } })
      return rows.map((row) => ({ ...row, lastOutcome: row.lastOutcome as SchedulerTaskRun['lastOutcome'] }))
    },
  }
}
