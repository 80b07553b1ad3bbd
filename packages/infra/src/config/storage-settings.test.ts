import { expect, test } from 'vitest'
import { z } from 'zod'
import { readStorageUrl, storageSettings } from './storage-settings.ts'

const schema = z.object(storageSettings)

test('recordings lie below the current folder by default', () => {
  const { STORAGE_URL } = schema.parse({})
  expect(readStorageUrl(STORAGE_URL)).toEqual({ kind: 'folder', path: '.seer/recordings' })
})

test.each([
  ['file:/srv/recordings', { kind: 'folder', path: '/srv/recordings' }],
  ['file:///srv/my%20recordings', { kind: 'folder', path: '/srv/my recordings' }],
  ['file:recordings', { kind: 'folder', path: 'recordings' }],
  ['file:../recordings', { kind: 'folder', path: '../recordings' }],
])('%s is read', (text, place) => {
  expect(readStorageUrl(schema.parse({ STORAGE_URL: text }).STORAGE_URL)).toEqual(place)
})

test.each(['file:', 'file://host/srv', 'file:a?b', '/srv/recordings', 'https://example.com', 'ftp://a/b', 's3:'])(
  '%s is refused',
  (STORAGE_URL) => {
    expect(schema.safeParse({ STORAGE_URL }).success).toBe(false)
  },
)
