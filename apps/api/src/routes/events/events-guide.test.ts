import { readFileSync } from 'node:fs'
import { entryData } from '@seer/core/log/entry-data'
import { allTypes } from '@seer/core/log/feed/type-patterns'
import { expect, test } from 'vitest'
import type { z } from 'zod'

const guide = readFileSync(new URL('../../../../../docs/events.md', import.meta.url), 'utf8')

type Documented = { kind: string; type: string; example: string }

/** The types in the tables of the guide, by the kind that their heading names. A row may be about several. */
function documentedTypes(): Documented[] {
  return guide
    .split(/^### `(?=\w+`: )/m)
    .slice(1)
    .flatMap((section) => {
      const kind = /^\w+/.exec(section)?.[0] as string
      const rows = [...section.matchAll(/^\| (`.*?`) \| .* \| `(\{.*\})` \|$/gm)]
      return rows.flatMap(([, types, example]) =>
        [...(types as string).matchAll(/`([\w.]+)`/g)].map(([, type]) => ({
          ...{ kind, type: type as string, example: example as string },
        })),
      )
    })
}

const documented = documentedTypes()
const nameOf = ({ kind, type }: { kind: string; type: string }) => `${kind} ${type}`

test('the guide lists every type of event, by its kind, and no other', () => {
  expect(documented.map(nameOf).toSorted()).toEqual(allTypes.map(nameOf).toSorted())
})

test.each(documented)('the example of $kind $type holds what such events hold', ({ kind, type, example }) => {
  const schemas = entryData[kind as keyof typeof entryData] as Record<string, z.ZodType>
  expect(schemas[type]?.safeParse(JSON.parse(example))).toMatchObject({ success: true })
})
