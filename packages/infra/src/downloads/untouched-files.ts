import { randomUUID } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Files of partial-file.ts. Others in the folder are none of ours: it may be a shared one, such as /tmp. */
const ours = /^((?:passing-)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))\.(?:part|json|json\.new)$/

/** A name for a file that no artifact stands for, and that is gone when it was read. */
export const passingName = (): string => `passing-${randomUUID()}`

/** The downloads in a folder to which nothing was written since then; none if there is no such folder. */
export async function untouchedFiles(
  folder: string,
  since: Date,
): Promise<{ name: string; artifactId: string | null }[]> {
  const latest = new Map<string, { artifactId: string | null; touchedAt: number }>()
  for (const file of await filesOf(folder)) {
    const [, name, id] = ours.exec(file) ?? []
    const touchedAt = name === undefined ? null : await touchedAtOf(join(folder, file))
    if (name === undefined || id === undefined || touchedAt === null) continue
    const before = latest.get(name)?.touchedAt ?? 0
    latest.set(name, { artifactId: name === id ? id : null, touchedAt: Math.max(before, touchedAt) })
  }
  const old = [...latest].filter(([, { touchedAt }]) => touchedAt < since.getTime())
  return old.map(([name, { artifactId }]) => ({ name, artifactId }))
}

async function filesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Null when another worker has removed it meanwhile. */
async function touchedAtOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).mtimeMs
  } catch {
    return null
  }
}
