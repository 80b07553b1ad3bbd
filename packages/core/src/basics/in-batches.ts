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
