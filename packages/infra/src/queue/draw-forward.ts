import type { Job, JobsOptions, Queue } from 'bullmq'

export type NewJob = { name: string; data: unknown; opts: JobsOptions; drawsForward: boolean }

/** Adds jobs in one round trip. One that joins a less urgent job of its key draws that forward. */
export async function addJobs(queue: Queue, jobs: NewJob[]): Promise<void> {
  const added = await queue.addBulk(jobs.map(({ name, data, opts }) => ({ name, data, opts })))
  // BullMQ answers the job that waits already in place of the new one.
  const joined = jobs.flatMap(({ opts, drawsForward }, i) => {
    const { id } = added[i] as Job
    const isJoined = drawsForward && opts.priority !== undefined && opts.jobId !== undefined && id !== opts.jobId
    return isJoined && id ? [{ id, priority: opts.priority as number }] : []
  })
  await Promise.all(joined.map(({ id, priority }) => drawForward(queue, id, priority)))
}

async function drawForward(queue: Queue, jobId: string, priority: number): Promise<void> {
  const job = await queue.getJob(jobId)
  // Only then: BullMQ puts a job whose priority is set behind all others that have the same.
  if (!job || job.priority <= priority) return
  await job.changePriority({ priority }).catch(async (error: unknown) => {
    // It has run and gone meanwhile, which is as good.
    if (await queue.getJob(jobId)) throw error
  })
}
