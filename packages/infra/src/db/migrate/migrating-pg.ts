import { PrismaPg } from '@prisma/adapter-pg'
import { ColumnTypeEnum, type SqlDriverAdapter, type SqlQuery, type SqlQueryable } from '@prisma/driver-adapter-utils'

/** PrismaPg 7.10, and what migrations need besides. A workaround can go when the adapter does the same itself. */
export class MigratingPg extends PrismaPg {
  private readonly opened: SqlDriverAdapter[] = []

  override async connect(): ReturnType<PrismaPg['connect']> {
    const adapter = await super.connect()
    this.opened.push(adapter)
    const startTransaction = adapter.startTransaction.bind(adapter)
    adapter.startTransaction = async (isolation) => readInternalChars(await startTransaction(isolation))
    sendScriptsWhole(adapter)
    return readInternalChars(adapter)
  }

  /** Closes the connections. Freeing the engine would leave them open, and with them its advisory lock. */
  async disposeAll(): Promise<void> {
    await Promise.all(this.opened.map((adapter) => adapter.dispose()))
  }
}

/**
 * The adapter cuts a script at every semicolon, even inside functions and strings, and runs the pieces one by one. Sent
 * whole, PostgreSQL parses it and runs it as one transaction, so a failed migration leaves nothing behind.
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
type WithPerformIo = SqlQueryable & { performIO(query: SqlQuery): Promise<RawResult> }

/**
 * The adapter does not know PostgreSQL's internal type "char", which the catalog uses for its one-letter codes ("Column
 * type 'char' could not be deserialized"). Such columns go through the adapter as text, and reach the engine as "char".
 */
function readInternalChars<T extends SqlQueryable>(queryable: T): T {
  const target = queryable as unknown as WithPerformIo
  const { queryRaw, performIO } = target
  target.queryRaw = async (query) => {
    const charColumns = new Set<number>()
    const ofThisQuery = Object.create(target) as WithPerformIo
    ofThisQuery.performIO = async (sql) => {
      const result = await performIO.call(target, sql)
      for (const [index, field] of result.fields.entries()) {
        if (field.dataTypeID !== internalCharType) continue
        charColumns.add(index)
        field.dataTypeID = textType
      }
      return result
    }
    const result = await queryRaw.call(ofThisQuery, query)
    const columnTypes = result.columnTypes.map((type, index) =>
      charColumns.has(index) ? ColumnTypeEnum.Character : type,
    )
    return { ...result, columnTypes }
  }
  return queryable
}
