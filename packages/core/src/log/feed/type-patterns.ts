import { entryTypes, type SubjectKind } from '../entry-types.ts'

/** A type, or the beginning of one and `*`. Both with or without the kind of its subject, as in `bot.*`. */
export const typePattern = /^(?:\*|[a-z][a-z0-9_.]*\*?)$/

type Typed = { kind: SubjectKind; type: string }

/** Every type of event, by the kind of its subject. */
export const allTypes: readonly Typed[] = (Object.keys(entryTypes) as SubjectKind[]).flatMap((kind) =>
  entryTypes[kind].map((type) => ({ kind, type })),
)

/**
 * Whether an event is of a type that a pattern means: `*` is every type, `recording_*` those that begin so, and `bot.*`
 * those of all bots, whatever their types are called.
 */
export function matchesType(pattern: string, { kind, type }: Typed): boolean {
  const full = `${kind}.${type}`
  if (!pattern.endsWith('*')) return pattern === type || pattern === full
  const beginning = pattern.slice(0, -1)
  return type.startsWith(beginning) || full.startsWith(beginning)
}

/** The types that patterns mean. Empty if they mean none, as after a typing error. */
export function typesMatching(patterns: readonly string[]): Typed[] {
  return allTypes.filter((typed) => patterns.some((pattern) => matchesType(pattern, typed)))
}
