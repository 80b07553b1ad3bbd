import { readFileSync } from 'node:fs'
import { allTypes } from '@seer/core/log/feed/type-patterns'
import { expect, test } from 'vitest'

const guide = readFileSync(new URL('../../../../../docs/events.md', import.meta.url), 'utf8')

/** The types in the tables of the guide, by the kind that their heading names. */
function documentedTypes(): string[] {
  return guide.split(/^### `(?=\w+`)/m).flatMap((section) => {
    const kind = /^\w+/.exec(section)?.[0]
    const rows = section.split('\n').filter((line) => line.startsWith('| `') && line.split('|').length === 5)
    return rows.flatMap((row) =>
      [...(row.split('|')[1] as string).matchAll(/`([\w.]+)`/g)].map(([, type]) => `${kind} ${type}`),
    )
  })
}

test('the guide lists every type of event, by its kind, and no other', () => {
  const documented = documentedTypes().filter((text) => allTypes.some(({ kind }) => text.startsWith(`${kind} `)))
  expect(documented.toSorted()).toEqual(allTypes.map(({ kind, type }) => `${kind} ${type}`).toSorted())
})

test('every example of data is JSON', () => {
  const examples = [...guide.matchAll(/\| `(\{.*?\})` \|$/gm)].map(([, text]) => text as string)
  expect(examples.length).toBeGreaterThan(20)
  for (const example of examples) expect(() => JSON.parse(example), example).not.toThrow()
})
