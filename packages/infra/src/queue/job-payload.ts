import { PermanentError } from '@seer/core/basics/errors'
import type { JobContract } from '@seer/core/jobs/define-job'
import type { JobCatalog } from './job-catalog.ts'

/** @throws PermanentError JOB_PAYLOAD_INVALID when the catalog has no job of this name, perhaps no longer. */
export function contractOf(catalog: JobCatalog, name: string): JobContract {
  const contract = catalog[name]
  if (!contract) throw new PermanentError('JOB_PAYLOAD_INVALID', { detail: `There is no job "${name}".` })
  return contract
}

/** @throws PermanentError JOB_PAYLOAD_INVALID, naming the fields but not their values. */
export function parsePayload(contract: JobContract, payload: unknown): unknown {
  const parsed = contract.payload.safeParse(payload)
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'payload'}: ${issue.message}`)
  throw new PermanentError('JOB_PAYLOAD_INVALID', { detail: `${contract.name}: ${fields.join('; ')}` })
}
