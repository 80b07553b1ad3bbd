/** Health is open to everybody, and its checks of storages write. So one answer holds for so long. */
export const checkHoldsMs = 15_000

/**
 * Asks again only when the last answer is older than `forMs`. Those who ask meanwhile, or while an answer is awaited, share
 * one answer, also an error.
 * @param now milliseconds on a clock that never goes back
 */
export function recent<T>(
  work: () => Promise<T>,
  forMs: number,
  now: () => number = () => performance.now(),
): () => Promise<T> {
  let answer: Promise<T> | undefined
  let validUntil = Number.POSITIVE_INFINITY
  return () => {
    if (answer === undefined || now() >= validUntil) {
      validUntil = Number.POSITIVE_INFINITY
      answer = work().finally(() => {
        validUntil = now() + forMs
      })
    }
    return answer
  }
}
