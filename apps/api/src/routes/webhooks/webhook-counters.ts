/** What this process has done with received webhooks since it started. */
export type WebhookCounters = {
  stored: number
  duplicate: number
  notAuthenticated: number
  invalid: number
  /** Answered 503, because the row could not be committed. */
  unavailable: number
  /** Stored without a job, because the queue did not take it; the requeue-stuck sweep does. */
  jobsLeftToSweep: number
}

export function newWebhookCounters(): WebhookCounters {
  return { stored: 0, duplicate: 0, notAuthenticated: 0, invalid: 0, unavailable: 0, jobsLeftToSweep: 0 }
}
