/** Lets `size` pieces of work run at the same time. The others wait in line. */
export type Gate = <Result>(work: () => Promise<Result>) => Promise<Result>

export function newGate(size: number): Gate {
  const waiting: (() => void)[] = []
  let free = size
  return async (work) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }
}
