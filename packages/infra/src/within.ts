/**
 * Waits for `work` at most `timeoutMs`, then rejects with the error of `onTimeout`. The work itself goes on; its late
 * result or error is dropped.
 */
export async function within<T>(timeoutMs: number, work: Promise<T>, onTimeout: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(onTimeout()), timeoutMs)
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}

/** Waits for `work` at most `timeoutMs`. Says whether it ended in that time, even with an error. Never rejects. */
export async function endsWithin(timeoutMs: number, work: Promise<unknown>): Promise<boolean> {
  const ended = work.then(
    () => true,
    () => true,
  )
  return await within(timeoutMs, ended, () => new Error('timeout')).catch(() => false)
}
