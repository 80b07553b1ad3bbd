import { PrismaPg } from '@prisma/adapter-pg'
import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils'

/** PrismaPg 7.10 with what migrations need beyond queries. Each workaround goes when the adapter does it itself. */
export class MigratingPg extends PrismaPg {
  private readonly opened: SqlDriverAdapter[] = []

  override async connect(): ReturnType<PrismaPg['connect']> {
    const adapter = await super.connect()
    this.opened.push(adapter)
    const startTransaction = adapter.startTransaction.bind(adapter)
    adapter.startTransaction = async (isolation) => readCharAsText(await startTransaction(isolation))
    sendScriptsWhole(adapter)
    return readCharAsText(adapter)
  }

  /** Freeing the engine leaves its connections open, and with them its advisory lock on the database. */
  async disposeAll(): Promise<void> {
    await Promise.all(this.opened.map((adapter) => adapter.dispose()))
  }
}

/**
 * The adapter cuts a script at every semicolon, also inside functions and strings, and runs the pieces one by one. Sent
 * whole, PostgreSQL parses it and runs it as one transaction: a migration that fails leaves nothing behind.
 */
function sendScriptsWhole(adapter: Awaited<ReturnType<PrismaPg['connect']>>): void {
  adapter.executeScript = async (script) => {
    try {
      await adapter.underlyingDriver().query(script)
    } catch (error) {
      ;(adapter as unknown as { onError(error: unknown): never }).onError(error)
    }
  }
}

const internalCharType = 18
const textType = 25

type RawResult = { fields: { dataTypeID: number }[] }
type WithPerformIo = { performIO(query: unknown): Promise<RawResult> }

/**
 * The adapter cannot name the type of PostgreSQL's internal "char" columns, which the engine reads from the catalog
 * ("Column type 'char' could not be deserialized"). Reported as text they are read correctly.
 */
function readCharAsText<T extends object>(queryable: T): T {
  const target = queryable as unknown as WithPerformIo
  const performIo = target.performIO.bind(target)
  target.performIO = async (query) => {
    const result = await performIo(query)
    for (const field of result.fields) if (field.dataTypeID === internalCharType) field.dataTypeID = textType
    return result
  }
  return queryable
}
