import { readFileSync } from 'node:fs'
import { reasonCodes } from '@seer/core/rules/decision'
import { RecordingRules } from '@seer/core/rules/rules'
import { expect, test } from 'vitest'

const page = readFileSync(new URL('../docs/rules.md', import.meta.url), 'utf8')
const chapter = (name: string) => page.split(/^## /m).find((text) => text.startsWith(`${name}\n`))
const [rules = '', reasons = ''] = ['The rules', 'Reasons'].map(chapter)

test('docs/rules.md lists every reason with its sentence, in order of precedence, and no other', () => {
  const listed = [...reasons.matchAll(/^\| `([a-z_]+)` \| (.+) \|$/gm)].map(([, code, sentence]) => [code, sentence])
  expect(listed).toEqual(Object.entries(reasonCodes))
})

test('docs/rules.md lists every field of the rules, and no other', () => {
  const listed = [...rules.matchAll(/^\| `(\w+)` \|/gm)].map(([, field]) => field)
  expect(listed).toEqual(Object.keys(RecordingRules.shape))
})
