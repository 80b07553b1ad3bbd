/** Who took part in a call, as the bot saw it. */
import type { Person } from '@seer/core/vendor/facts'
import { z } from 'zod'
import { readProse } from '../wire/fields.ts'

/** `unreadable` counts the entries that told nothing. */
export type People = { people: Person[]; unreadable: number }

/** API v1 lists names, v2 lists objects. An entry that cannot be read is left out; the other entries stay. */
export const people = z
  .array(z.unknown())
  .nullish()
  .transform((list): People => {
    const read = (list ?? []).map(readPerson)
    const found = read.filter((person) => person !== null)
    return { people: unique(found), unreadable: read.length - found.length }
  })

/** Null when the entry tells nothing. */
function readPerson(value: unknown): Person | null {
  if (typeof value === 'string') return readPerson({ name: value })
  if (typeof value !== 'object' || value === null) return null
  const { name, id, display_name } = value as Record<string, unknown>
  const person = { name: readText(name) ?? '', id: readId(id), displayName: readText(display_name) }
  return person.name === '' && person.id === null && person.displayName === null ? null : person
}

const readText = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? readProse(value, 255) : null

const readId = (value: unknown): string | null => readText(typeof value === 'number' ? String(value) : value)

/** Merges entries with the same id. Entries without an id are merged when both names are the same. */
function unique(all: Person[]): Person[] {
  const byKey = new Map<string, Person>()
  for (const person of all) {
    const key = person.id === null ? JSON.stringify([person.name, person.displayName]) : `id ${person.id}`
    const before = byKey.get(key)
    const name = before?.name || person.name
    byKey.set(key, before ? { ...before, name, displayName: before.displayName ?? person.displayName } : person)
  }
  return [...byKey.values()]
}
