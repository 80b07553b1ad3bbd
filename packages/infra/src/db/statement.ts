import type pg from 'pg'

/** Where statements are sent: a pool, or the client of a transaction. */
export type Queries = Pick<pg.ClientBase, 'query'>

export type SqlType =
  | 'uuid'
  | 'text'
  | 'int'
  | 'float8'
  | 'boolean'
  | 'timestamptz'
  | 'json'
  | 'jsonb'
  | 'uuid[]'
  | 'text[]'

/** The types of columns for which the driver returns such a value. Null is not distinguished. */
export type SqlTypeOf<Value> = [NonNullable<Value>] extends [Date]
  ? 'timestamptz'
  : [NonNullable<Value>] extends [string]
    ? 'text' | 'uuid'
    : [NonNullable<Value>] extends [number]
      ? 'int' | 'float8'
      : [NonNullable<Value>] extends [boolean]
        ? 'boolean'
        : [NonNullable<Value>] extends [readonly string[]]
          ? 'text[]' | 'uuid[]' | 'jsonb'
          : 'json' | 'jsonb'

export type RowTypes<Row> = { [Field in keyof Row]-?: SqlTypeOf<Row[Field]> }

/** The columns that a statement returns. The compiler compares them with `Row`, and a test with the database. */
export type Returns<Row> = { types: Record<string, SqlType>; row?: Row }

/** The columns that a statement returns, with their SQL types. The compiler compares them with `Row`. */
export function returns<Row>(types: RowTypes<Row>): Returns<Row> {
  return { types: types as Record<string, SqlType> }
}

/** The parameters of a statement by name. Each name gives its placeholder. */
export type Named<Values> = { readonly [Name in keyof Values]-?: string }

type Statement<Values, Row> = {
  all(db: Queries, values: Values): Promise<Row[]>
  first(db: Queries, values: Values): Promise<Row | null>
  /** The row of a statement that always returns one, such as a sum without groups. @throws Error when it did not */
  only(db: Queries, values: Values): Promise<Row>
  /** The number of rows that were written, or read. */
  count(db: Queries, values: Values): Promise<number>
}

/** The test that compares all statements with the schema reads this. */
export type Checked = { name: string; texts: string[]; types: Record<string, SqlType> | null }
const registry: Checked[] = []
export const allStatements = (): readonly Checked[] => registry

type Options<Row> = {
  returns?: Returns<Row>
  /** False for a statement that runs rarely, or is planned better when the values are known. */
  isPrepared?: boolean
}

/**
 * A statement whose text never changes. It is built once, when its file is loaded, and prepared under its name on each
 * connection. `build` writes `${p.userId}` where a value belongs. The placeholders are counted here, so nobody needs to
 * find out which of 40 parameters `$13` is.
 */
export function statement<Values, Row = never>(
  name: string,
  build: (p: Named<Values>) => string,
  { returns: returned, isPrepared = true }: Options<Row> = {},
): Statement<Values, Row> {
  const names: string[] = []
  const text = build(placeholders(names) as Named<Values>)
  register({ name, texts: [text], types: returned?.types ?? null })
  const valuesOf = (values: Values) => names.map((key) => (values as Record<string, unknown>)[key])
  const query = isPrepared
    ? (db: Queries, values: Values) => db.query({ name, text, values: valuesOf(values) })
    : (db: Queries, values: Values) => db.query(text, valuesOf(values))
  return readings(query)
}

export type Bind = (value: unknown) => string

type ComposedOptions<Values, Row> = Options<Row> & {
  /** Values that together use every part of the text, so that the test sees all of it. */
  examples: Values[]
}

/** A statement whose text depends on the values, such as a list with filters. `bind` gives a value its placeholder. */
export function composed<Values, Row = never>(
  name: string,
  build: (values: Values, bind: Bind) => string,
  { returns: returned, examples }: ComposedOptions<Values, Row>,
): Statement<Values, Row> {
  const compose = (values: Values) => {
    const bound: unknown[] = []
    const text = build(values, (value) => `$${bound.push(value)}`)
    return { text, values: bound }
  }
  register({ name, texts: examples.map((example) => compose(example).text), types: returned?.types ?? null })
  return readings((db, values) => db.query(compose(values)))
}

function register(checked: Checked): void {
  // The driver refuses a known name with another text, but only when both are sent.
  if (registry.some(({ name }) => name === checked.name)) throw new Error(`two statements are named ${checked.name}`)
  registry.push(checked)
}

function readings<Values, Row>(
  query: (db: Queries, values: Values) => Promise<pg.QueryResult>,
): Statement<Values, Row> {
  const all = async (db: Queries, values: Values): Promise<Row[]> => (await query(db, values)).rows
  return {
    all,
    first: async (db, values) => (await all(db, values))[0] ?? null,
    only: async (db, values) => {
      const [row] = await all(db, values)
      if (row === undefined) throw new Error('A statement that always returns a row returned none.')
      return row
    },
    count: async (db, values) => (await query(db, values)).rowCount ?? 0,
  }
}

/** Gives each new name the next number, and a known name its old number. */
function placeholders(names: string[]): object {
  return new Proxy(
    {},
    {
      get(_target, name) {
        const known = names.indexOf(String(name))
        return `$${known < 0 ? names.push(String(name)) : known + 1}`
      },
    },
  )
}
