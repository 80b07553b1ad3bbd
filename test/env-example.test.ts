import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { apiSettings } from '../apps/api/src/config.ts'
import { workerSettings } from '../apps/worker/src/config.ts'

/** The part of a zod schema that is used here. */
type Field = {
  meta(): { description?: string } | undefined
  safeParse(value: unknown): { success: boolean; data?: unknown }
}
type Variable = { description: string; default: string | null }

/** The settings of all processes. The CLI reads a part of the worker's. */
function settingsInCode(): Map<string, Variable> {
  const shapes: Record<string, Field>[] = [apiSettings.shape, workerSettings.shape]
  const variables = new Map<string, Variable>()
  for (const [name, field] of shapes.flatMap((shape) => Object.entries(shape))) {
    variables.set(name, { description: field.meta()?.description ?? '', default: defaultOf(field) })
  }
  return variables
}

/** Null for a variable that must be set; empty for a variable that may be left out. */
function defaultOf(field: Field): string | null {
  const absent = field.safeParse(undefined)
  if (!absent.success) return null
  if (typeof absent.data === 'boolean') return absent.data ? 'true' : 'false'
  return absent.data === undefined ? '' : [absent.data].flat().join(',')
}

/** Blocks of `# description` lines, each ending with `#NAME=default`. */
function settingsInFile(): Map<string, Variable> {
  const variables = new Map<string, Variable>()
  let description: string[] = []
  for (const line of readFileSync(new URL('../.env.example', import.meta.url), 'utf8').split('\n')) {
    const variable = /^#([A-Z0-9_]+)=(.*)$/.exec(line)
    if (variable) {
      const text = description.join(' ')
      const isRequired = text.startsWith('Required. ')
      expect([variable[1], variables.has(variable[1] as string)]).toEqual([variable[1], false])
      variables.set(variable[1] as string, {
        description: text.replace('Required. ', ''),
        default: isRequired ? null : (variable[2] as string),
      })
    }
    description = line.startsWith('# ') ? [...description, line.slice(2)] : []
  }
  return variables
}

test('.env.example lists every setting of every process with its description and default', () => {
  const byName = (variables: Map<string, Variable>) => Object.fromEntries([...variables].sort())
  expect(byName(settingsInFile())).toEqual(byName(settingsInCode()))
})

test('.env.example says true and false where it shows them', () => {
  const switches = [...settingsInFile()].filter(([, { default: shown }]) => shown === 'true' || shown === 'false')
  expect(switches.length).toBeGreaterThan(2)
  expect(switches.filter(([, { description }]) => /\boff\b/.test(description)).map(([name]) => name)).toEqual([])
})
