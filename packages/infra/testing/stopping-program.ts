/** A process that stops on a signal as it is told: it `ends`, `fails` or `hangs`. Says `running`, and then `stopping`. */
import { createLogger } from '../src/observe/logger.ts'
import { stopOnSignal } from '../src/stop-on-signal.ts'

const { how, timeoutMs } = JSON.parse(process.argv[2] ?? '{}') as { how: 'ends' | 'fails' | 'hangs'; timeoutMs: number }

stopOnSignal({
  log: createLogger({ level: 'info', name: 'stopping-program' }),
  timeoutMs,
  async stop() {
    process.send?.('stopping')
    if (how === 'fails') throw new Error('The database does not close.')
    if (how === 'hangs') await new Promise(() => {})
  },
})
// Work that keeps it running.
setInterval(() => {}, 60_000)
process.send?.('running')
