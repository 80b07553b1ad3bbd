#!/usr/bin/env node
import closeWithGrace from 'close-with-grace'
import { parseCommandLine } from './command-line.ts'
import { buildSandbox } from './sandbox.ts'

async function main(): Promise<void> {
  const options = parseCommandLine(process.argv)
  const sandbox = await buildSandbox(options)
  console.log(`sandbox listening on ${sandbox.url}`)
  const { url, buckets, environment } = sandbox.s3
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
  console.log(`S3 at ${url}, bucket ${buckets.join(' and ')}, with ${variables.join(' ')}`)
  const { deepgramUrl, openaiUrl, key } = sandbox.speech
  console.log(`Deepgram at ${deepgramUrl}, OpenAI at ${openaiUrl}, with the key ${key}`)
  // An error that nobody caught ends it at once, with what Node says of it.
  const skip: closeWithGrace.AllEvents[] = [
    'uncaughtException',
    'unhandledRejection',
    'beforeExit',
    'SIGSEGV',
    'SIGBUS',
  ]
  closeWithGrace({ skip }, () => sandbox.close())
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
