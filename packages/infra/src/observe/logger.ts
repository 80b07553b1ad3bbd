import {
  type Bindings,
  type ChildLoggerOptions,
  type DestinationStream,
  type Logger,
  pino,
  stdSerializers,
  stdTimeFunctions,
} from 'pino'
import { redact } from './redact.ts'

export type { Logger } from 'pino'

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

export type LoggerOptions = {
  level: LogLevel
  /** The process that writes: `api`, `worker`, … */
  name: string
  /** Default: standard output. */
  destination?: DestinationStream
}

/**
 * Opens the log: one JSON object per line, without secrets (redact.ts).
 *
 * The field `meetingId` follows a meeting through API, queue, worker and vendor. Code that knows the id logs through
 * `log.child({ meetingId })`.
 */
export function createLogger({ level, name, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: { name, pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: clean,
    },
    serializers: { err: (error: Error) => redact(stdSerializers.err(error)) },
  }
  return cleanBindings(destination ? pino(options, destination) : pino(options))
}

/** pino's type without its generics for custom levels, because Seer has none. */
type CreateChild = (bindings: Bindings, options?: ChildLoggerOptions) => Logger

/** pino does not apply its formatter for bindings to child loggers. Children inherit this method, which cleans them. */
function cleanBindings(log: Logger): Logger {
  const createChild = log.child as unknown as CreateChild
  log.child = function child(this: Logger, bindings: Bindings, options?: ChildLoggerOptions) {
    return createChild.call(this, clean(bindings), options)
  } as CreateChild as unknown as Logger['child']
  return log
}

function clean(fields: Record<string, unknown>): Record<string, unknown> {
  return redact(fields) as Record<string, unknown>
}
