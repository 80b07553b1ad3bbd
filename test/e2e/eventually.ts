import { vi } from 'vitest'

type Options = { withinMs?: number }

/**
 * Runs the check again until it no longer throws, and returns its answer. After the time limit its last error is
 * thrown.
 */
export function eventually<T>(check: () => T | Promise<T>, { withinMs = 50_000 }: Options = {}): Promise<T> {
  return vi.waitFor(check, { timeout: withinMs, interval: 25 })
}
