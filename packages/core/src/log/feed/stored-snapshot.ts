/**
 * The snapshot in an event is stored as the JSON text that a reader gets, apart from two things that are only known when it
 * is read: the address of this installation, before the path of the recording, and how many others have the subject. A
 * subject that has them names them first, as `sharedWithOthers: 0` and `recordingUrl`, so that nobody has to parse the text.
 */

const head = '{"sharedWithOthers":0,"recordingUrl":'

/** The largest snapshot, in characters. A webhook's body should stay under 20 kB, says its specification. */
export const maxSnapshotLength = 16_000

/**
 * A snapshot as it is stored.
 * @param large fields that may be left out of a snapshot that is too large. They are null then, and `cut` names them.
 */
export function toStoredSnapshot<Snapshot extends object>(
  snapshot: Snapshot,
  large: readonly (keyof Snapshot & string)[] = [],
): string {
  const stored = JSON.stringify(snapshot)
  if (stored.length <= maxSnapshotLength || large.length === 0) return stored
  const emptied = Object.fromEntries(large.map((field) => [field, null]))
  return JSON.stringify({ ...snapshot, ...emptied, cut: large })
}

/** The snapshot for its reader, as JSON text. */
export function fromStoredSnapshot(stored: string, { baseUrl, others }: { baseUrl: string; others: number }): string {
  if (!stored.startsWith(head)) return stored
  const rest = stored.slice(head.length)
  return `{"sharedWithOthers":${others},"recordingUrl":${rest.startsWith('"/') ? `"${baseUrl}${rest.slice(1)}` : rest}`
}
