#!/usr/bin/env node
import { parseCommandLine } from './command-line.ts'
import { buildSandbox } from './sandbox.ts'

/** Exit code after a second Ctrl-C. */
const interrupted = 130

async function main(): Promise<void> {
  const options = parseCommandLine(process.argv)
  const sandbox = await buildSandbox(options)
  console.log(`sandbox listening on ${sandbox.url}`)
  closeOnSignals(() => sandbox.close())
}

function closeOnSignals(close: () => Promise<void>): void {
  let closing = false
  const stop = () => {
    if (closing) process.exit(interrupted)
    closing = true
    close().then(() => process.exit(0), fail)
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

function fail(error: NodeJS.ErrnoException & { address?: string; port?: number }): never {
  console.error(`sandbox: ${explain(error)}`)
  process.exit(1)
}

function explain(error: NodeJS.ErrnoException & { address?: string; port?: number }): string {
  const place = `${error.address ?? ''}:${error.port ?? ''}`
  if (error.code === 'EADDRINUSE') {
    return `port ${error.port} is in use; choose another one with --port or SANDBOX_PORT.`
  }
  if (error.code === 'EACCES') return `not allowed to listen on ${place}; choose another one with --port.`
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
    return `cannot listen on this host: ${error.message}.`
  return error.stack ?? error.message
}

main().catch(fail)
