import type { RowTypes, SqlType, SqlTypeOf } from './statement.ts'

/** A column of a table: its name and its type in statements. */
export type Column<Type extends SqlType = SqlType> = { name: string; type: Type }

/** A column for each field. The compiler compares the types of columns and fields. */
export type ColumnsOf<Row> = { [Field in keyof Row]-?: Column<SqlTypeOf<Row[Field]>> }

export const uuid = (name: string): Column<'uuid'> => ({ name, type: 'uuid' })
export const text = (name: string): Column<'text'> => ({ name, type: 'text' })
export const int = (name: string): Column<'int'> => ({ name, type: 'int' })
export const float = (name: string): Column<'float8'> => ({ name, type: 'float8' })
export const bool = (name: string): Column<'boolean'> => ({ name, type: 'boolean' })
export const time = (name: string): Column<'timestamptz'> => ({ name, type: 'timestamptz' })
export const textList = (name: string): Column<'text[]'> => ({ name, type: 'text[]' })
export const json = (name: string): Column<'jsonb'> => ({ name, type: 'jsonb' })

/** The return types of a statement that selects these columns under the names of their fields. */
export function typesOf<Row>(columns: ColumnsOf<Row>): RowTypes<Row> {
  const typed = Object.entries<Column>(columns).map(([field, { type }]) => [field, type])
  return Object.fromEntries(typed) as RowTypes<Row>
}

/** Statement text that reads many rows from one array parameter per column. */
export type RowSet = { columns: string; source: string }

/** @param placeholder of the array of a column */
export function rowSet(columns: Column[], placeholder: (column: string) => string): RowSet {
  return {
    columns: columns.map(({ name }) => name).join(', '),
    source: `unnest(${columns.map(({ name, type }) => `${placeholder(name)}::${type}[]`).join(', ')})`,
  }
}

/** The values of the parameters of a row set. */
export type Arrays = Record<string, unknown[]>

/** Makes a function that turns the times in rows from JSON back into dates. */
export function timesRevived<Row>(columns: ColumnsOf<Row>): (row: Record<string, unknown>) => Row {
  const times = Object.entries<Column>(columns).flatMap(([field, { type }]) => (type === 'timestamptz' ? [field] : []))
  return (row) => {
    const revived = { ...row }
    for (const field of times) if (row[field] !== null) revived[field] = new Date(row[field] as string)
    return revived as Row
  }
}

/** The form in which a value is given to the database. */
export function toColumn({ type }: Column, value: unknown): unknown {
  return type === 'jsonb' && value !== null ? JSON.stringify(value) : value
}
