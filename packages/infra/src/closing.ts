export type Closing = {
  /** Adds something to close. The last added is closed first. */
  add(close: () => Promise<void> | void): void
  /**
   * Closes everything, the last added first. When a part fails, `onError` is called and the rest is closed. Never
   * throws.
   */
  close(): Promise<void>
}

/** Collects what must be closed. @param onError gets the error of each part that could not be closed */
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
