/** Small batches keep locks short and let other work through. */
const batchSize = 1_000
const batchesAtMost = 500

/**
 * Works through what there may be a lot of.
 * @param work does at most as much as it is told, and answers how much it did
 * @returns how much was done in all
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
