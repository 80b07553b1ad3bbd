import { parseArgs } from 'node:util'
import { type QueueName, queueNames } from '@seer/core/jobs/define-job'
import { whole } from '@seer/infra/config/fields'
import { infraRules, infraSettings } from '@seer/infra/config/infra-settings'
import { parseEnvironment } from '@seer/infra/config/parse-environment'
import { recordingSettings } from '@seer/infra/config/recording-settings'
import { retentionSettings } from '@seer/infra/config/retention-settings'
import { z } from 'zod'

const isQueueName = (name: string): name is QueueName => queueNames.includes(name as QueueName)

/** The settings that the worker reads from its environment. */
export const workerSettings = z.object({
  ...infraSettings,
  ...recordingSettings,
  ...retentionSettings,
  WORKER_PORT: whole(0, 65_535).default(3_002).meta({
    description: 'Port of the worker’s health routes; 0 takes any free port.',
  }),
  WORKER_HOST: z.string().trim().min(1).default('0.0.0.0').meta({
    description: 'Address that the worker’s health routes listen on.',
  }),
  WEBHOOK_RETENTION_DAYS: whole(1, 3_650).default(30).meta({
    description: 'How many days after processing the bodies of webhooks are removed.',
  }),
  DELIVERY_RETENTION_DAYS: whole(1, 3_650).default(30).meta({
    description: 'How many days webhook deliveries and their attempts are kept after they were settled.',
  }),
  EVENT_RETENTION_DAYS: whole(1, 3_650).default(90).meta({
    description: 'How many days events stay in the feed. An app that was away longer cannot catch up by it.',
  }),
})
export type WorkerSettings = z.output<typeof workerSettings>

/** @throws ConfigurationError with all problems at once */
export function readSettings(environment: NodeJS.ProcessEnv): WorkerSettings {
  return parseEnvironment(workerSettings, environment, infraRules)
}

/**
 * Reads the options. `--queues bots,webhooks` names the queues to serve; the default is all. With `--check-settings`
 * the worker only says what is wrong with its settings.
 * @throws Error with one sentence when an option or a queue is unknown
 */
export function readArguments(args: string[]): { queues: QueueName[]; checkSettings: boolean } {
  const options = { queues: { type: 'string' }, 'check-settings': { type: 'boolean', default: false } } as const
  const { values } = parseArgs({ args, options, strict: true })
  return { queues: readQueues(values.queues), checkSettings: values['check-settings'] }
}

function readQueues(text: string | undefined): QueueName[] {
  if (text === undefined) return [...queueNames]
  const names = text.split(',').map((name) => name.trim())
  const wrong = names.find((name) => !isQueueName(name))
  if (wrong === undefined) return [...new Set(names.filter(isQueueName))]
  throw new Error(`--queues takes a comma-separated list of ${queueNames.join(', ')}; "${wrong}" is none of them.`)
}
