import { vi } from 'vitest'

type Options = { withinMs?: number }

/** Asks again until the check no longer throws, and gives its answer; what it threw last, if that does not happen in time. */
export function eventually<T>(check: () => T | Promise<T>, { withinMs = 50_000 }: Options = {}): Promise<T> {
  return vi.waitFor(check, { timeout: withinMs, interval: 25 })
}
