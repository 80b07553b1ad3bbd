import type { Job, JobsOptions, Queue } from 'bullmq'

export type NewJob = { name: string; data: unknown; opts: JobsOptions; drawsForward: boolean }

/** Adds jobs in one round trip. A job that joins a less urgent job of the same key makes that job as urgent. */
export async function addJobs(queue: Queue, jobs: NewJob[]): Promise<void> {
  const added = await queue.addBulk(jobs.map(({ name, data, opts }) => ({ name, data, opts })))
  // When a job of the same key is waiting, BullMQ returns that job and not the new one.
  const joined = jobs.flatMap(({ opts, drawsForward }, i) => {
    const { id } = added[i] as Job
    const isJoined = drawsForward && opts.priority !== undefined && opts.jobId !== undefined && id !== opts.jobId
    return isJoined && id ? [{ id, priority: opts.priority as number }] : []
  })
  await Promise.all(joined.map(({ id, priority }) => drawForward(queue, id, priority)))
}

async function drawForward(queue: Queue, jobId: string, priority: number): Promise<void> {
  const job = await queue.getJob(jobId)
  // Only a less urgent job: BullMQ puts a job whose priority is set behind all jobs of the same priority.
  if (!job || job.priority <= priority) return
  await job.changePriority({ priority }).catch(async (error: unknown) => {
    // No error if the job has run and gone meanwhile.
    if (await queue.getJob(jobId)) throw error
  })
}
