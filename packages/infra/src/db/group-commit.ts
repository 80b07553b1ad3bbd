type Waiting<Item, Result> = { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void }

/**
 * Gathers items that arrive while a write is under way and writes them together next: under load many share one
 * commit, when idle nobody waits. At most `parallel` writes run at a time, each with at most `batchSize` items.
 * `write` answers one result per item, in order. When a batch fails, each of its items is written alone, so that one
 * bad item cannot take the others with it; `isFatal` names the errors for which that would be pointless.
 */
export function groupCommit<Item, Result>(options: {
  write: (items: Item[]) => Promise<Result[]>
  batchSize: number
  parallel: number
  isFatal: (error: unknown) => boolean
}): (item: Item) => Promise<Result> {
  const { write, batchSize, parallel, isFatal } = options
  let waiting: Waiting<Item, Result>[] = []
  let running = 0
  let woken = false

  function wake(): void {
    if (woken || running >= parallel) return
    woken = true
    // After the I/O events of this turn, so that requests read together are written together.
    setImmediate(() => {
      woken = false
      void flush()
    })
  }

  async function flush(): Promise<void> {
    if (waiting.length === 0 || running >= parallel) return
    const batch = waiting.slice(0, batchSize)
    waiting = waiting.slice(batchSize)
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
      if (batch.length > 1 && !isFatal(error)) await Promise.all(batch.map((one) => commit([one])))
      else for (const { reject } of batch) reject(error)
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      wake()
    })
}
