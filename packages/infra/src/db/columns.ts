/** A column of a table as statements name it and cast to it. */
export type Column = { name: string; type: 'uuid' | 'text' | 'int' | 'float8' | 'boolean' | 'timestamptz' | 'jsonb' }

export const uuid = (name: string): Column => ({ name, type: 'uuid' })
export const text = (name: string): Column => ({ name, type: 'text' })
export const int = (name: string): Column => ({ name, type: 'int' })
export const bool = (name: string): Column => ({ name, type: 'boolean' })
export const time = (name: string): Column => ({ name, type: 'timestamptz' })
export const json = (name: string): Column => ({ name, type: 'jsonb' })

/** Statement text that reads many rows from one array parameter per column. */
export type RowSet = { columns: string; source: string }

/** @param firstParameter where the placeholders begin, as in $1 */
export function rowSet(columns: Column[], firstParameter = 1): RowSet {
  return {
    columns: columns.map(({ name }) => name).join(', '),
    source: `unnest(${columns.map(({ type }, i) => `$${firstParameter + i}::${type}[]`).join(', ')})`,
  }
}

/** A function that turns the times of rows that came as JSON back into dates. */
export function timesRevived(columns: Record<string, Column>) {
  const times = Object.keys(columns).filter((field) => columns[field]?.type === 'timestamptz')
  return (row: Record<string, unknown>): Record<string, unknown> => {
    const revived = { ...row }
    for (const field of times) if (row[field] !== null) revived[field] = new Date(row[field] as string)
    return revived
  }
}

/** The form in which a value is given to the database. */
export function toColumn({ type }: Column, value: unknown): unknown {
  return type === 'jsonb' && value !== null ? JSON.stringify(value) : value
}
