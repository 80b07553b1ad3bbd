import { setTimeout as pause } from 'node:timers/promises'

type Options = { withinMs?: number }

/** The pause between two tries grows. So short waits end at once, and long ones do not keep the programs from their work. */
const pausesMs = { first: 10, longest: 100 }

/**
 * Runs the check again until it no longer throws, and returns its answer. After the time limit its last error is
 * thrown.
 */
export async function eventually<T>(check: () => T | Promise<T>, { withinMs = 50_000 }: Options = {}): Promise<T> {
  const deadline = performance.now() + withinMs
  for (let pauseMs = pausesMs.first; ; pauseMs = Math.min(pauseMs * 1.5, pausesMs.longest)) {
    try {
      return await check()
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
    await pause(pauseMs)
  }
}
