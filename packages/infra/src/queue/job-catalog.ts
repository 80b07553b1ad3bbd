import type { jobCatalog } from '@seer/core/jobs/catalog'
import type { JobContract } from '@seer/core/jobs/define-job'
import type { Urgency } from '@seer/core/jobs/urgency'
import type { z } from 'zod'

/** A table of job contracts by name. Production has one, `jobCatalog`; tests bring their own. */
export type JobCatalog = Readonly<Record<string, JobContract>>

export type SeerCatalog = typeof jobCatalog

export type JobNameOf<C extends JobCatalog> = keyof C & string

export type PayloadOf<C extends JobCatalog, Name extends JobNameOf<C>> = z.output<C[Name]['payload']>

/** One job of a table, as `OwedJob` is one of core's. */
export type JobOf<C extends JobCatalog> = {
  [Name in JobNameOf<C>]: { name: Name; payload: PayloadOf<C, Name>; urgency?: Urgency; delayMs?: number }
}[JobNameOf<C>]
