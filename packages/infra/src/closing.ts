export type Closing = {
  /** Has something closed in the end, before all that was added earlier. */
  add(close: () => Promise<void> | void): void
  /** Closes everything, last added first. What fails is told, and the rest is closed all the same. Never throws. */
  close(): Promise<void>
}

/** Collects what must be closed. @param onError is told of each part that could not be closed */
export function newClosing(onError: (error: unknown) => void): Closing {
  const closers: (() => Promise<void> | void)[] = []
  return {
    add: (close) => void closers.push(close),
    async close() {
      for (const close of closers.splice(0).reverse()) {
        try {
          await close()
        } catch (error) {
          onError(error)
        }
      }
    },
  }
}
