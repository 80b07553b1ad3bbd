/**
 * Asks again only when the last answer is older than `forMs`. Those who ask meanwhile share one answer, also an error.
 * @param now milliseconds on a clock that never goes back
 */
export function recent<T>(
  work: () => Promise<T>,
  forMs: number,
  now: () => number = () => performance.now(),
): () => Promise<T> {
  let answer: Promise<T> | undefined
  let askedAt = 0
  return () => {
    if (answer === undefined || now() - askedAt >= forMs) {
      askedAt = now()
      answer = work()
    }
    return answer
  }
}
