import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromStoredSnapshot, maxSnapshotLength, toStoredSnapshot } from './stored-snapshot.ts'

const baseUrl = 'https://seer.test'

test('whatever the subject holds, its reader gets it with the count and the address', () => {
  const subject = fc.record({ extra: fc.jsonValue(), name: fc.string(), others: fc.nat(), hasRecording: fc.boolean() })
  fc.assert(
    fc.property(subject, ({ extra, name, others, hasRecording }) => {
      const path = hasRecording ? '/api/recordings/1' : null
      const stored = toStoredSnapshot({ sharedWithOthers: 0, recordingUrl: path, name, extra })
      const recordingUrl = path && `${baseUrl}${path}`
      const shown = JSON.parse(JSON.stringify({ name, extra, sharedWithOthers: others, recordingUrl }))
      expect(JSON.parse(fromStoredSnapshot(stored, { baseUrl, others }))).toEqual(shown)
    }),
  )
})

test('the snapshot of a subject without these fields is shown as it is', () => {
  const stored = JSON.stringify({ id: 'c1', recordingUrl: '/not-ours' })
  expect(fromStoredSnapshot(stored, { baseUrl, others: 3 })).toBe(stored)
})

test('a snapshot that is too large leaves out what may be left out, and says so', () => {
  const people = Array.from({ length: 1_000 }, (_, i) => ({ name: `Person ${i}` }))
  const stored = toStoredSnapshot({ sharedWithOthers: 0, recordingUrl: null, id: 'b1', people }, ['people'])
  expect(stored.length).toBeLessThan(maxSnapshotLength)
  expect(JSON.parse(stored)).toMatchObject({ id: 'b1', people: null, cut: ['people'] })
})
