import { setTimeout as delay } from 'node:timers/promises'

const pollMs = 25

/** Resolves with the first 200. @throws {Error} with the last answer when none came in time */
export async function untilHealthy(url: string, deadlineMs = 30_000): Promise<void> {
  const deadline = Date.now() + deadlineMs
  let last = 'no answer'
  while (Date.now() < deadline) {
    const status = await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
      async (response) => (await response.text(), response.status),
      () => null,
    )
    if (status === 200) return
    if (status !== null) last = `status ${status}`
    await delay(pollMs)
  }
  throw new Error(`${url} did not become healthy within ${deadlineMs / 1000} s (${last}).`)
}
