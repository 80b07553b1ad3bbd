import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createApiKeyFile } from './api-key.ts'
import { freePort, isFree, preferredOrFreePort } from './ports.ts'
import { prepareDatabase } from './prepare-database.ts'
import type { ProcessGroup } from './processes.ts'
import { type LocalSettings, localSettings, makeFolder, writePrivate } from './settings.ts'
import { operatorEnvironment, sandboxEnvironment, serviceEnvironment } from './stack-environment.ts'
import type { StackOptions } from './stack-options.ts'
import { untilHealthy } from './until-healthy.ts'

export type Stack = {
  apiUrl: string
  /** Null when a real Meeting BaaS key is configured. */
  sandboxUrl: string | null
  apiKey: string
  databaseUrl: string
  /** The folder with the data of the embedded PostgreSQL; null when the user has a database. */
  dataFolder: string | null
  stop(): Promise<void>
}

const root = fileURLToPath(new URL('../..', import.meta.url))
export const builtApp = (app: string) => join(root, 'apps', app, 'dist', 'main.js')
const run = (app: string, ...args: string[]) => [builtApp(app), ...args]

/** Starts database, sandbox, API and worker as members of the group, as far as possible at the same time. */
export async function startStack(group: ProcessGroup, options: StackOptions): Promise<Stack> {
  const start = Date.now()
  const progress = (what: string) => options.progress?.(what, Date.now() - start)
  const { folder } = options
  await makeFolder(folder)
  const settings = await localSettings(folder)
  const apiPort = await choosePort(options)
  const apiUrl = `http://127.0.0.1:${apiPort}`
  const usesSandbox = !options.env['MEETINGBAAS_API_KEY']
  const sandboxPort = usesSandbox ? await choosePortNear(3100, options) : null

  const [{ databaseUrl, folder: dataFolder }] = await Promise.all([
    prepareDatabase(group, options, progress),
    sandboxPort &&
      startSandbox(group, { port: sandboxPort, apiUrl, settings, options }).then(() => progress('sandbox')),
  ])
  const sandboxUrl = sandboxPort ? `http://127.0.0.1:${sandboxPort}` : null
  const workerPort = await choosePortNear(3002, options)
  const wiring = { configured: options.env, settings, folder, databaseUrl, apiUrl, workerPort, sandboxUrl }
  const env = serviceEnvironment(wiring)
  await writePrivate(join(folder, 'environment'), operatorEnvironment(env))

  const [apiKey] = await Promise.all([
    createApiKeyFile(join(folder, 'api-key'), run('cli'), env),
    startApi(group, apiUrl, env).then(() => progress('API')),
  ])
  // The worker starts last, so that it does not slow down the API, for which somebody is waiting.
  await group.start('worker', run('worker'), { env })
  return { apiUrl, sandboxUrl, apiKey, databaseUrl, dataFolder, stop: group.stop }
}

async function choosePort({ env, temporary }: StackOptions): Promise<number> {
  if (temporary) return freePort()
  const port = Number(env['PORT'] || 3001)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error('PORT must be a whole number from 1 to 65535.')
  if (await isFree(port)) return port
  throw new Error(
    `Port ${port} is in use, perhaps by another Seer. Stop that program, or choose another port: PORT=3002 npm start`,
  )
}

function choosePortNear(usual: number, { temporary }: StackOptions): Promise<number> {
  return temporary ? freePort() : preferredOrFreePort(usual)
}

type SandboxStart = { port: number; apiUrl: string; settings: LocalSettings; options: StackOptions }

async function startSandbox(group: ProcessGroup, { port, apiUrl, settings, options }: SandboxStart): Promise<void> {
  const args = run('sandbox', '--port', String(port))
  const { env: configured, folder, temporary = false, speed } = options
  const env = sandboxEnvironment({ configured, settings, apiUrl, folder, temporary, speed })
  await Promise.race([group.start('sandbox', args, { env, readyLine: /sandbox listening on/ }), group.failed])
}

async function startApi(group: ProcessGroup, apiUrl: string, env: NodeJS.ProcessEnv): Promise<void> {
  await group.start('api', run('api'), { env })
  await Promise.race([untilHealthy(`${apiUrl}/api/health/ready`), group.failed])
}
