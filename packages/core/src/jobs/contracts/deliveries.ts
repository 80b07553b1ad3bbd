import { z } from 'zod'
import { defineJob } from '../define-job.ts'
import { seconds } from './terms.ts'

/**
 * Sends what is due to one endpoint (docs/adr/0019-one-job-per-endpoint.md). What can go wrong with it is written on its
 * deliveries, which then owe another attempt.
 */
export const deliverEventsJob = defineJob({
  name: 'deliver-events',
  queue: 'deliveries',
  payload: z.object({ endpointId: z.uuid() }),
  retry: { attempts: 3, firstDelayMs: 2 * seconds, maxDelayMs: 30 * seconds },
  timeoutMs: 60 * seconds,
  latest: (p) => p.endpointId,
})
