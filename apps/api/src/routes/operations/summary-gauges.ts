import { Gauge, type Registry } from 'prom-client'
import type { ApiDeps } from '../../dependencies.ts'
import { shared } from './health-checks.ts'

/**
 * Makes gauges that show figures of one summary, which is read from the database once per scrape.
 * @param warning the log line for a summary that could not be read. A database that is down must not hide the other
 * figures; these are missing then.
 */
export function summaryGauges<Summary>(
  registry: Registry,
  log: ApiDeps['log'],
  warning: string,
  read: () => Promise<Summary>,
) {
  const summarise = shared(() =>
    read().catch((error: unknown) => {
      log.warn({ err: error }, warning)
      return null
    }),
  )
  return {
    summarise,
    /** @param figure null when there is no such figure; then it is missing */
    gauge(name: string, help: string, figure: (summary: Summary) => number | null): void {
      new Gauge({
        name,
        help,
        registers: [registry],
        async collect() {
          this.remove()
          const summary = await summarise()
          const value = summary && figure(summary)
          if (value !== null) this.set(value)
        },
      })
    },
  }
}
