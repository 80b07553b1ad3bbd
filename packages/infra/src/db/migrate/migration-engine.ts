/**
 * Prisma's schema engine as WebAssembly, so that migrations need only the npm registry. The native engine of the Prisma
 * CLI is downloaded from elsewhere, which a closed network forbids. Engine, table `_prisma_migrations` and checksums
 * are the same, so `prisma migrate deploy` can take over at any time, and back.
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg'
import { MigratingPg } from './migrating-pg.ts'

/** TypeScript declares WebAssembly only together with the whole DOM, which the product must not use. */
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: Record<string, () => void> } }>
}

export type SchemaEngine = engineModule.SchemaEngine

/** No table or enum is managed outside Prisma. The tables of the queue are in a separate PostgreSQL schema. */
export const everything = { externalTables: [], externalEnums: [] }

/** All that the engine needs in order to apply migrations. The models matter only for a diff. */
const datasourceOnly: [string, string] = ['schema.prisma', 'datasource db {\n  provider = "postgresql"\n}\n']

/** Runs `work` with an engine for one database, and releases the engine afterwards, even after an error. */
export async function withSchemaEngine<T>(databaseUrl: string, work: (engine: SchemaEngine) => Promise<T>): Promise<T> {
  await loadEngineOnce()
  const adapters = new MigratingPg({ connectionString: databaseUrl })
  const bound = bindMigrationAwareSqlAdapterFactory(adapters)
  try {
    const engine = await engineModule.SchemaEngine.new({ datamodels: [datasourceOnly] }, () => {}, bound)
    return await work(engine).finally(() => engine.free())
  } finally {
    await adapters.disposeAll()
  }
}

let loading: Promise<void> | undefined

/** The module keeps its instance in a global variable, so a second instantiation would break the first. */
function loadEngineOnce(): Promise<void> {
  loading ??= loadEngine()
  return loading
}

async function loadEngine(): Promise<void> {
  const glue = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg')
  const bytes = await readFile(join(dirname(glue), 'schema_engine_bg.wasm'))
  const imports = { './schema_engine_bg.js': withUnrefTimers(engineModule) }
  const { instance } = await WebAssembly.instantiate(bytes, imports)
  engineModule.__wbg_set_wasm(instance.exports)
  instance.exports['__wbindgen_start']?.()
}

/** The engine never clears the 10 s timer of its lock. Without this, a finished process would live that long. */
function withUnrefTimers(glue: object): object {
  const withTimers = Object.entries(glue).map(([name, imported]) => {
    if (!name.startsWith('__wbg_setTimeout')) return [name, imported]
    return [name, (callback: () => void, delayMs: number) => setTimeout(callback, delayMs >>> 0).unref()]
  })
  return Object.fromEntries(withTimers)
}
