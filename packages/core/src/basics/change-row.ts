import { RetryableError } from './errors.ts'

const tries = 20

/** `version` counts the changes of a row. `lastSeq` is the number of the last entry in its log. */
export type Versioned = { version: number; lastSeq: number }

/** How a row changes, and what its log says of that. */
export type RowChange<Row> = { next: Row; entries: readonly unknown[]; verdict?: unknown }

/** A change, a verdict without a change, or neither. The verdict is whatever the caller wants to know afterwards. */
export type Decision<Change> = Change | { verdict: unknown; next?: undefined } | null

/** The verdict of a decision; null where the decision has none. */
export type VerdictOf<D> = D extends { verdict: infer Verdict } ? Verdict : null

/**
 * The decision was made on `before`; `after` is the row as it stands now. The two are equal when nothing was written.
 */
export type Changed<Row, Verdict> = { before: Row; after: Row; verdict: Verdict }

type Steps<Row, Change, D, Refusal> = {
  /** Names the row in the error message. */
  name: string
  load: () => Promise<Row | null>
  decide: (before: Row) => D | Promise<D>
  /** Computes the fields that follow from other fields. */
  derive?: (next: Row) => Row
  /**
   * True: written. False: somebody else changed the row meanwhile. A refusal: nothing was written, and it is the
   * verdict.
   */
  save: (before: Row, change: Change) => Promise<boolean | Refusal>
}

/**
 * Loads a row, decides, and writes the decision. When somebody else changed the row meanwhile, it starts again from the
 * load. So every decision that is written was made on the row that it changes.
 * @returns null when there is no such row
 * @throws RetryableError SERVICE_UNAVAILABLE after twenty tries
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
 * Repeats an attempt as long as somebody else wrote first.
 * @param name names what is written, for the error message
 * @throws RetryableError SERVICE_UNAVAILABLE after twenty tries
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
