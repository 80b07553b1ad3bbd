import type { jobCatalog } from '@seer/core/jobs/catalog'
import type { JobContract } from '@seer/core/jobs/define-job'
import type { Urgency } from '@seer/core/jobs/urgency'
import type { z } from 'zod'

/** Job contracts by name. Production uses `jobCatalog`; tests bring their own. */
export type JobCatalog = Readonly<Record<string, JobContract>>

export type SeerCatalog = typeof jobCatalog

export type JobNameOf<C extends JobCatalog> = keyof C & string

export type PayloadOf<C extends JobCatalog, Name extends JobNameOf<C>> = z.output<C[Name]['payload']>

/** A job of this catalog; `OwedJob` in core is the same for core's catalog. */
export type JobOf<C extends JobCatalog> = {
  [Name in JobNameOf<C>]: { name: Name; payload: PayloadOf<C, Name>; urgency?: Urgency; delayMs?: number }
}[JobNameOf<C>]
