import type { ProcessGroup } from '../scripts/local/processes.ts'
import { type BenchEnvironment, builtApp } from './environment.ts'
import { calendarSecrets, sandboxApiKey } from './sandbox.ts'

type WorkerOptions = {
  vendorUrl: string
  /** Comma-separated; default: all queues. */
  queues?: string
  writesPerSecond?: number
}

/** Starts the worker as in production, on the bench's database and queue. */
export async function startWorker(
  group: ProcessGroup,
  { databaseUrl, redisUrl, redisPrefix }: BenchEnvironment,
  { vendorUrl, queues, writesPerSecond = 1_000 }: WorkerOptions,
): Promise<void> {
  const env = {
    ...process.env,
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl ?? '',
    REDIS_PREFIX: redisPrefix,
    MEETINGBAAS_API_KEY: sandboxApiKey,
    ...calendarSecrets,
    // Receivers of the benchmark.
    PRIVATE_HOSTS: '127.0.0.1',
    MEETINGBAAS_API_URL: vendorUrl,
    MEETINGBAAS_WRITES_PER_SECOND: String(writesPerSecond),
    WORKER_HOST: '127.0.0.1',
    WORKER_PORT: '0',
    NODE_ENV: 'production',
    LOG_LEVEL: 'warn',
  }
  await group.start('worker', [builtApp('worker'), ...(queues ? ['--queues', queues] : [])], { env })
}
