import { expect, test } from 'vitest'
import { changeRow, untilWritten } from './change-row.ts'

type Row = { count: number; version: number; lastSeq: number }
type Change = { next: Row; entries: string[]; verdict?: unknown }

/** A table with one row. Before each of the first `intrusions` writes, somebody else changes the row. */
function aTable(intrusions = 0) {
  let row: Row = { count: 0, version: 7, lastSeq: 3 }
  let left = intrusions
  return {
    name: 'The row',
    load: async (): Promise<Row | null> => row,
    save: async (before: Row, { next, entries }: Change): Promise<boolean> => {
      if (left-- > 0) row = { ...row, count: row.count + 1, version: row.version + 1 }
      if (row.version !== before.version) return false
      row = { ...next, version: row.version + 1, lastSeq: row.lastSeq + entries.length }
      return true
    },
    row: () => row,
  }
}

const timesTen = (before: Row) => ({
  next: { ...before, count: before.count * 10 + 1 },
  entries: ['one', 'two'],
  verdict: `from ${before.count}`,
})

test('returns the row as it is afterwards, and the verdict', async () => {
  const table = aTable()
  const changed = await changeRow({ ...table, decide: timesTen })
  expect(changed).toEqual({
    before: { count: 0, version: 7, lastSeq: 3 },
    after: { count: 1, version: 8, lastSeq: 5 },
    verdict: 'from 0',
  })
  expect(table.row()).toEqual(changed?.after)
})

test('decides again when somebody else wrote meanwhile, and returns the last verdict', async () => {
  const table = aTable(2)
  const changed = await changeRow({ ...table, decide: timesTen })
  expect(changed).toMatchObject({ before: { count: 2 }, after: { count: 21 }, verdict: 'from 2' })
  expect(table.row()).toEqual(changed?.after)
})

test('does not write when the decision is only a verdict, or nothing', async () => {
  const table = aTable()
  const before = table.row()
  expect(await changeRow({ ...table, decide: () => ({ verdict: false }) })).toEqual({
    before,
    after: before,
    verdict: false,
  })
  expect(await changeRow({ ...table, decide: () => null })).toEqual({ before, after: before, verdict: null })
  expect(table.row()).toBe(before)
})

test('returns null when there is no row', async () => {
  expect(await changeRow({ ...aTable(), load: async () => null, decide: timesTen })).toBeNull()
})

test('returns the reason when the write is refused', async () => {
  const table = aTable()
  const before = table.row()
  const save = async () => 'no_room' as const
  expect(await changeRow({ ...table, save, decide: timesTen })).toEqual({ before, after: before, verdict: 'no_room' })
})

test('derives fields that follow from other fields', async () => {
  const derive = (next: Row) => ({ ...next, count: -next.count })
  const table = aTable()
  expect((await changeRow({ ...table, derive, decide: timesTen }))?.after.count).toBe(-1)
  expect(table.row().count).toBe(-1)
})

test('gives up after twenty attempts', async () => {
  const away = { code: 'SERVICE_UNAVAILABLE', message: expect.stringContaining('The row changed too often') }
  await expect(changeRow({ ...aTable(20), decide: timesTen })).rejects.toMatchObject(away)
  expect(await changeRow({ ...aTable(19), decide: timesTen })).toMatchObject({ verdict: 'from 19' })
})

test('repeats an attempt until nobody else wrote first', async () => {
  expect(await untilWritten('It', async (before) => (before < 3 ? 'overtaken' : { before }))).toEqual({ before: 3 })
})
