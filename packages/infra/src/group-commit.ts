type Waiting<Item, Result> = { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void }

export type GroupCommitOptions<Item, Result> = {
  /** Returns one result per item, in order. */
  write: (items: Item[]) => Promise<Result[]>
  batchSize: number
  /** How many writes run at the same time. */
  parallel: number
  /** Whether no single item is to blame for an error, for example because the store is down. Then the batch is not split. */
  isFatal: (error: unknown) => boolean
  /** Items with the same key do not share a batch; the later one waits for the next batch. */
  key?: (item: Item) => string
}

/**
 * Gathers items while a write runs and writes them together in the next. Under load, many items share one round trip
 * and one commit; when idle, an item does not wait. When a batch fails, it is split in half, and each half is written
 * after the other and split again if it fails. So only a bad item fails, and a batch of 200 does not become 200 writes
 * at once.
 */
export function groupCommit<Item, Result>(options: GroupCommitOptions<Item, Result>): (item: Item) => Promise<Result> {
  const { write, parallel, isFatal } = options
  let waiting: Waiting<Item, Result>[] = []
  let running = 0
  let woken = false

  function wake(): void {
    if (woken || running >= parallel) return
    woken = true
    // Waits for the I/O events of this turn, so that requests that were read together are written together.
    setImmediate(() => {
      woken = false
      void flush()
    })
  }

  async function flush(): Promise<void> {
    if (waiting.length === 0 || running >= parallel) return
    const { batch, rest } = takeBatch(waiting, options)
    waiting = rest
    running += 1
    await commit(batch)
    running -= 1
    if (waiting.length > 0) wake()
  }

  async function commit(batch: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await write(batch.map(({ item }) => item))
      batch.forEach(({ resolve }, i) => resolve(results[i] as Result))
    } catch (error) {
      if (batch.length === 1 || isFatal(error)) {
        for (const { reject } of batch) reject(error)
        return
      }
      const half = Math.ceil(batch.length / 2)
      await commit(batch.slice(0, half))
      await commit(batch.slice(half))
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      wake()
    })
}

type Split<Item, Result> = { batch: Waiting<Item, Result>[]; rest: Waiting<Item, Result>[] }

function takeBatch<Item, Result>(
  waiting: Waiting<Item, Result>[],
  { batchSize, key }: GroupCommitOptions<Item, Result>,
): Split<Item, Result> {
  if (!key) return { batch: waiting.slice(0, batchSize), rest: waiting.slice(batchSize) }
  const keys = new Set<string>()
  const split: Split<Item, Result> = { batch: [], rest: [] }
  for (const one of waiting) {
    const itsKey = key(one.item)
    const fits = split.batch.length < batchSize && !keys.has(itsKey)
    if (fits) split.batch.push(one)
    else split.rest.push(one)
    keys.add(itsKey)
  }
  return split
}
