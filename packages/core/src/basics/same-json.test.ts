import { expect, test } from 'vitest'
import { isSameJson } from './same-json.ts'

test('compares values whatever the order of their fields, at any depth', () => {
  const a = { mode: 'x', leave: { silence: 1, nobody: 2 }, list: [1, { p: 1, q: null }], at: new Date(0) }
  const b = { at: new Date(0), list: [1, { q: null, p: 1 }], leave: { nobody: 2, silence: 1 }, mode: 'x' }
  expect(isSameJson(a, b)).toBe(true)
  expect(isSameJson(a, { ...b, leave: { nobody: 2, silence: 3 } })).toBe(false)
  expect(isSameJson(a, { ...b, at: new Date(1) })).toBe(false)
  expect(isSameJson({ list: [1, 2] }, { list: [2, 1] })).toBe(false)
  expect(isSameJson({ a: null }, {})).toBe(false)
})
