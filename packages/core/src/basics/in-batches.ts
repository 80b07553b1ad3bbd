/** Small batches keep locks short and let other work through. */
const batchSize = 1_000
const batchesAtMost = 500

/**
 * Repeats some work in batches of 1,000 until a batch is not full, or 500 batches are done.
 * @param work does at most `limit` of it, and returns how many it did
 * @returns how many were done in all
 */
export async function inBatches(work: (limit: number) => Promise<number>): Promise<number> {
  let done = 0
  for (let i = 0; i < batchesAtMost; i++) {
    const count = await work(batchSize)
    done += count
    if (count < batchSize) break
  }
  return done
}

/**
 * Reads a list in batches, until one is not full. The last batch may be empty.
 * @param load gives at most `size` rows that come after the given one, or the first ones
 * @throws the reason of `signal` when that aborts
 */
export async function* batchesOf<Row>(
  load: (after: Row | null) => Promise<Row[]>,
  { size, signal }: { size: number; signal?: AbortSignal },
): AsyncGenerator<Row[], void> {
  for (let after: Row | null = null; ; ) {
    signal?.throwIfAborted()
    const batch: Row[] = await load(after)
    yield batch
    if (batch.length < size) return
    after = batch.at(-1) as Row
  }
}
