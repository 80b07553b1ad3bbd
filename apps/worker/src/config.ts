import { parseArgs } from 'node:util'
import { type QueueName, queueNames } from '@seer/core/jobs/define-job'
import { calendarConnectionRules, calendarConnectionSettings } from '@seer/infra/config/calendar-connection-settings'
import { whole } from '@seer/infra/config/fields'
import { parseEnvironment } from '@seer/infra/config/parse-environment'
import {
  baseUrlSettings,
  botSettings,
  calendarSettings,
  databaseSettings,
  loggingSettings,
  providerSettings,
  queueSettings,
  sharingSettings,
} from '@seer/infra/config/settings'
import { z } from 'zod'

const isQueueName = (name: string): name is QueueName => queueNames.includes(name as QueueName)

/** What the worker reads from its environment. */
export const workerSettings = z.object({
  ...databaseSettings,
  ...queueSettings,
  ...baseUrlSettings,
  ...providerSettings,
  ...loggingSettings,
  ...botSettings,
  ...sharingSettings,
  ...calendarSettings,
  ...calendarConnectionSettings,
  WORKER_PORT: whole(0, 65_535).default(3_002).meta({
    description: 'Port of the worker’s health routes; 0 picks a free one.',
  }),
  WORKER_HOST: z.string().trim().min(1).default('0.0.0.0').meta({
    description: 'Address on which the worker’s health routes listen.',
  }),
  WEBHOOK_RETENTION_DAYS: whole(1, 3_650).default(30).meta({
    description: 'Days after which the stored bodies of processed webhooks are removed.',
  }),
})
export type WorkerSettings = z.output<typeof workerSettings>

/** @throws ConfigurationError with all problems at once */
export function readSettings(environment: NodeJS.ProcessEnv): WorkerSettings {
  return parseEnvironment(workerSettings, environment, calendarConnectionRules)
}

/**
 * Reads `--queues bots,webhooks`; without it a worker serves all queues.
 * @throws Error with one sentence when an option or a queue is unknown
 */
export function readQueues(args: string[]): QueueName[] {
  const { values } = parseArgs({ args, options: { queues: { type: 'string' } }, strict: true })
  if (values.queues === undefined) return [...queueNames]
  const names = values.queues.split(',').map((name) => name.trim())
  const wrong = names.find((name) => !isQueueName(name))
  if (wrong === undefined) return [...new Set(names.filter(isQueueName))]
  throw new Error(`--queues takes a comma-separated list of ${queueNames.join(', ')}; "${wrong}" is none of them.`)
}
