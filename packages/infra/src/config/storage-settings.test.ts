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
  ['s3://bucket', { kind: 's3', bucket: 'bucket', prefix: '' }],
  ['s3://my.bucket-1/', { kind: 's3', bucket: 'my.bucket-1', prefix: '' }],
  ['s3://bucket/seer', { kind: 's3', bucket: 'bucket', prefix: 'seer' }],
  ['s3://bucket/a/b.c/', { kind: 's3', bucket: 'bucket', prefix: 'a/b.c' }],
])('%s is read', (text, place) => {
  expect(readStorageUrl(schema.parse({ STORAGE_URL: text }).STORAGE_URL)).toEqual(place)
})

test.each([
  'file:',
  'file://host/srv',
  'file:a?b',
  '/srv/recordings',
  'https://example.com',
  's3:',
  's3:bucket',
  's3://',
  's3://A/b',
  's3://bucket/a//b',
  's3://bucket/../b',
  's3://bucket/a?b',
  's3://key:secret@bucket/a',
])('%s is refused', (STORAGE_URL) => {
  expect(schema.safeParse({ STORAGE_URL }).success).toBe(false)
})

test.each([
  ['http://localhost:8333/', true],
  ['https://s3.example.com', true],
  ['s3.example.com', false],
  ['s3://bucket', false],
])('as an address for signed links, %s is taken: %s', (STORAGE_S3_PUBLIC_ENDPOINT, isTaken) => {
  expect(schema.safeParse({ STORAGE_S3_PUBLIC_ENDPOINT }).success).toBe(isTaken)
})
