import { createLogger, type Logger } from '../../src/observe/logger.ts'

export type LogLine = { msg: string; level: string; time: string } & Record<string, unknown>

export type LogRecorder = {
  log: Logger
  lines: LogLine[]
  /** Lines `job.finished` of one job. */
  finished(job: string): LogLine[]
  /** Resolves with the first `count` lines that match, as soon as they are written. */
  waitFor(matches: (line: LogLine) => boolean, count?: number): Promise<LogLine[]>
  /** Resolves once a job has finished `count` times. */
  waitForRuns(job: string, count?: number): Promise<LogLine[]>
}

/** A real logger whose lines a test can wait for. The test's time limit ends the wait for a line that never comes. */
export function recordLog(): LogRecorder {
  const lines: LogLine[] = []
  let onLine: (() => void)[] = []
  const write = (text: string) => {
    lines.push(JSON.parse(text))
    const waiting = onLine
    onLine = []
    for (const wake of waiting) wake()
  }
  async function waitFor(matches: (line: LogLine) => boolean, count = 1): Promise<LogLine[]> {
    for (;;) {
      const found = lines.filter(matches)
      if (found.length >= count) return found.slice(0, count)
      await new Promise<void>((resolve) => onLine.push(resolve))
    }
  }
  const isRunOf = (job: string) => (line: LogLine) => line.msg === 'job.finished' && line['job'] === job
  return {
    log: createLogger({ level: 'debug', name: 'test', destination: { write } }),
    lines,
    finished: (job) => lines.filter(isRunOf(job)),
    waitFor,
    waitForRuns: (job, count) => waitFor(isRunOf(job), count),
  }
}
