import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { useTestStores } from '../../testing/db/test-stores.ts'
// Loads every store, and with them every statement.
import './open-db.ts'
import { allStatements, type Checked, type SqlType } from './statement.ts'

const { db } = useTestStores()

const typeNames: Record<number, SqlType> = {
  [pg.types.builtins.UUID]: 'uuid',
  [pg.types.builtins.TEXT]: 'text',
  [pg.types.builtins.INT4]: 'int',
  [pg.types.builtins.FLOAT8]: 'float8',
  [pg.types.builtins.BOOL]: 'boolean',
  [pg.types.builtins.TIMESTAMPTZ]: 'timestamptz',
  [pg.types.builtins.JSON]: 'json',
  [pg.types.builtins.JSONB]: 'jsonb',
  2951: 'uuid[]',
  1009: 'text[]',
}

type Field = { name: string; dataTypeID: number }
type Wire = { parse(query: object): void; describe(message: object): void; sync(): void }

/** Lets the server parse a statement and return its columns, as the driver does before it runs one. */
function describeText(client: pg.PoolClient, text: string): Promise<Field[]> {
  return new Promise((resolve, reject) => {
    let fields: Field[] = []
    client.query({
      submit(connection: pg.Connection) {
        const wire = connection as unknown as Wire
        wire.parse({ text, name: '', types: [] })
        wire.describe({ type: 'S', name: '' })
        wire.sync()
      },
      handleRowDescription: (message: { fields: Field[] }) => {
        fields = message.fields
      },
      handleError: reject,
      handleReadyForQuery: () => resolve(fields),
    } as pg.Submittable)
  })
}

const typeName = ({ dataTypeID }: Field) => typeNames[dataTypeID] ?? `type ${dataTypeID}`

async function faultsOf(client: pg.PoolClient, { name, texts, types }: Checked): Promise<string[]> {
  const faults: string[] = []
  for (const text of texts) {
    try {
      const fields = await describeText(client, text)
      const returned = Object.fromEntries(fields.map((field) => [field.name, typeName(field)]))
      if (types) expect(returned).toEqual(types)
    } catch (error) {
      faults.push(`${name}: ${(error as Error).message}`)
    }
  }
  return faults
}

test('every statement fits the schema, and returns the columns that its type promises', async () => {
  const client = await db().pool.connect()
  const faults: string[] = []
  for (const checked of allStatements()) faults.push(...(await faultsOf(client, checked)))
  client.release()
  expect(faults).toEqual([])
  expect(allStatements().length).toBeGreaterThan(10)
})

test('a statement that does not fit is found', async () => {
  const client = await db().pool.connect()
  const text = 'SELECT id, name FROM users WHERE id = $1'
  const faults = async (checked: Omit<Checked, 'name'>) => await faultsOf(client, { name: 'it', ...checked })
  expect(await faults({ texts: [text], types: { id: 'uuid', name: 'text' } })).toEqual([])
  expect(await faults({ texts: [text], types: { id: 'uuid' } })).toHaveLength(1)
  expect(await faults({ texts: [text], types: { id: 'text', name: 'text' } })).toHaveLength(1)
  expect(await faults({ texts: [text.replace('name', 'nome')], types: null })).toEqual([
    'it: column "nome" does not exist',
  ])
  client.release()
})

/** Statements that begin and end transactions, or lock a number, have nothing to do with the schema. */
const withoutSchema =
  /\.query\((`BEGIN; SELECT pg_advisory|`SELECT pg_advisory|'(COMMIT|ROLLBACK|SELECT 1|SET LOCAL jit = off)'|outcome ===)/
const root = import.meta.dirname

test('every store sends only statements that this test checks', () => {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /^(?!generated|migrate|statement).*(?<!\.test)\.ts$/.test(file),
  )
  const past = files.flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .filter((line) => /\.query[(<]/.test(line) && !withoutSchema.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  )
  expect(past).toEqual([])
})
