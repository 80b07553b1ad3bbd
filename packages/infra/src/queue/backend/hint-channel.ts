/** Messages without content between processes, over the queue's store. Nobody learns later of one that was missed. */
export interface HintChannel {
  /** Call it within `call` of the backend. */
  publish(): Promise<void>
  /** The first listener opens a connection, which stays and comes back when it was lost. @returns how to stop listening */
  listen(onHint: () => void): () => void
  close(): void
}

/** The listeners of a channel. `open` is called with the first of them. */
export function newHintListeners(open: () => void) {
  const listeners = new Set<() => void>()
  let isOpen = false
  return {
    listen(onHint: () => void): () => void {
      listeners.add(onHint)
      if (!isOpen) open()
      isOpen = true
      return () => void listeners.delete(onHint)
    },
    tell(): void {
      for (const listener of listeners) listener()
    },
  }
}
