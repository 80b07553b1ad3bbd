import { RetryableError } from './errors.ts'

const tries = 20

/** A row whose version counts its changes, and whose `lastSeq` is the number of the last entry in its log. */
export type Versioned = { version: number; lastSeq: number }

/** What becomes of a row, and what its log says of it. */
export type RowChange<Row> = { next: Row; entries: readonly unknown[]; verdict?: unknown }

/** A change, a verdict without one, or neither. The verdict is whatever the caller wants to know afterwards. */
export type Decision<Change> = Change | { verdict: unknown; next?: undefined } | null

/** The verdicts of decisions; null for one without. */
export type VerdictOf<D> = D extends { verdict: infer Verdict } ? Verdict : null

/** `before` is what the decision was made on, `after` the row as it stands then: the same where nothing was written. */
export type Changed<Row, Verdict> = { before: Row; after: Row; verdict: Verdict }

type Steps<Row, Change, D, Refusal> = {
  /** Names the row in the error. */
  name: string
  load: () => Promise<Row | null>
  decide: (before: Row) => D | Promise<D>
  /** Fields that follow from the others. */
  derive?: (next: Row) => Row
  /** False: somebody changed the row meanwhile. A refusal ends it; nothing was written then, and it is the verdict. */
  save: (before: Row, change: Change) => Promise<boolean | Refusal>
}

/**
 * Loads a row, decides, and writes the decision unless the row changed meanwhile; then decides again. So what is decided
 * is always decided on the row that is written, and the verdict is that of the decision which counted.
 * @returns null when there is no such row
 * @throws RetryableError SERVICE_UNAVAILABLE when others kept changing it
 */
export async function changeRow<
  Row extends Versioned,
  Change extends RowChange<Row>,
  D extends Decision<Change>,
  Refusal extends string = never,
>(steps: Steps<Row, Change, D, Refusal>): Promise<Changed<Row, VerdictOf<D> | Refusal> | null> {
  const { name, load, decide, derive = (next: Row) => next, save } = steps
  return await untilWritten<Changed<Row, VerdictOf<D> | Refusal> | null>(name, async () => {
    const before = await load()
    if (!before) return null
    const decision: Decision<Change> = await decide(before)
    const said: unknown = decision?.verdict ?? null
    const verdict = said as VerdictOf<D>
    if (!decision?.next) return { before, after: before, verdict }
    const change = decision as Change
    const next = derive(change.next)
    const saved = await save(before, { ...change, next })
    if (saved === false) return 'overtaken'
    if (saved !== true) return { before, after: before, verdict: saved }
    const lastSeq = before.lastSeq + change.entries.length
    return { before, after: { ...next, version: before.version + 1, lastSeq }, verdict }
  })
}

/**
 * Makes an attempt again as long as it finds itself overtaken by somebody who wrote meanwhile.
 * @param name of what is written, for the error
 * @throws RetryableError SERVICE_UNAVAILABLE when that was so twenty times
 */
export async function untilWritten<Result extends object | null>(
  name: string,
  attempt: (attemptsBefore: number) => Promise<Result | 'overtaken'>,
): Promise<Result> {
  for (let i = 0; i < tries; i++) {
    const result = await attempt(i)
    if (result !== 'overtaken') return result
  }
  throw new RetryableError('SERVICE_UNAVAILABLE', { detail: `${name} changed too often to be written.` })
}
