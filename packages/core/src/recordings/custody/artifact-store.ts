import type { Artifact } from '../artifact.ts'

/** What custody has in all, for metrics and health. */
export type CustodySummary = {
  /** Files whose copy is owed. */
  open: number
  /** Files whose copy is owed and which the vendor deletes before the given time. */
  inDanger: number
  /** When the vendor deletes the first file whose copy is owed. */
  firstDeadline: Date | null
  /** Files that the vendor deleted before they were copied. */
  expired: number
}

/** The artifacts of bot runs in Postgres. Each method is one atomic step. */
export interface ArtifactStore {
  /** Inserts those of whose kind the meeting has none yet. */
  add(artifacts: Artifact[]): Promise<void>
  find(artifactId: string): Promise<Artifact | null>
  /** All of a meeting, in the order of `artifactKinds`. */
  of(meetingId: string): Promise<Artifact[]>
  /**
   * Writes a change, if the artifact still has the version of `before`.
   * @returns false when somebody changed it meanwhile; load it and decide again
   */
  save(before: Artifact, next: Artifact): Promise<boolean>
  /** Marks those as settled that still have these versions. */
  settle(artifacts: readonly Pick<Artifact, 'id' | 'version'>[]): Promise<void>
  /**
   * Artifacts that owe a job by `now`. Sets their next due time and raises their round, so that parallel sweeps do not
   * take the same ones.
   */
  claimDue(now: Date, next: Date, limit: number): Promise<Artifact[]>
  /** @param dangerBefore a file that the vendor deletes before this time is in danger */
  summarise(dangerBefore: Date): Promise<CustodySummary>
}

const dangerMs = 24 * 3_600_000

/** A file that is not copied, and that the vendor deletes before then, is in danger: a day is left. */
export const dangerBefore = (now: Date): Date => new Date(now.getTime() + dangerMs)
