import { readFileSync } from 'node:fs'
import { errorCodes } from '@seer/core/basics/error-codes'
import { expect, test } from 'vitest'

const page = readFileSync(new URL('../../../../docs/errors.md', import.meta.url), 'utf8')
const listed = [...page.matchAll(/^\| `([A-Z_]+)` \| (\d+) \|/gm)].map(([, code, status]) => [code, Number(status)])

test('docs/errors.md lists every error code with its status, once, and no other', () => {
  const known = Object.entries(errorCodes).map(([code, { status }]) => [code, status])
  expect(listed.toSorted()).toEqual(known.toSorted())
})
