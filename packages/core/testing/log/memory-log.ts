import type { Clock } from '../../src/basics/clock.ts'
import type { CausedEntry, LogEntry } from '../../src/log/entry.ts'
import { entryData } from '../../src/log/entry-data.ts'
import type { SubjectKind } from '../../src/log/entry-types.ts'

/**
 * The log of one kind of subjects without a database. Refuses entries whose data are not as documented.
 * @throws ZodError
 */
export function memoryLog<Kind extends SubjectKind>(kind: Kind, now: Clock) {
  const documented = entryData[kind]
  const logs = new Map<string, LogEntry<Kind>[]>()
  return {
    append(subjectId: string, entries: CausedEntry<Kind>[]): void {
      const log = logs.get(subjectId) ?? []
      for (const { type, data } of entries) documented[type].parse(JSON.parse(JSON.stringify(data)))
      for (const entry of entries) log.push({ ...structuredClone(entry), seq: log.length + 1, recordedAt: now() })
      logs.set(subjectId, log)
    },
    read(subjectId: string, afterSeq: number, limit: number): LogEntry<Kind>[] {
      const log = logs.get(subjectId) ?? []
      return structuredClone(log.filter(({ seq }) => seq > afterSeq).slice(0, limit))
    },
    /** Replaces the data of all entries of a type. @returns how many there are */
    replaceData(subjectId: string, type: LogEntry<Kind>['type'], data: Record<string, unknown>): number {
      const found = (logs.get(subjectId) ?? []).filter((entry) => entry.type === type)
      for (const entry of found) entry.data = { ...data }
      return found.length
    },
    remove(subjectId: string): void {
      logs.delete(subjectId)
    },
  }
}
