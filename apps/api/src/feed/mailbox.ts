/** Texts that wait for one reader, who takes all of them at once. */
export type Mailbox = {
  /** @returns how many characters wait now */
  put(text: string): number
  /** Waits until there is something, and takes it. Null when the mailbox is closed and empty. */
  take(): Promise<string | null>
  isEmpty(): boolean
  isClosed(): boolean
  /** What waits can still be taken. */
  close(): void
}

export function newMailbox(): Mailbox {
  let texts: string[] = []
  let length = 0
  let isClosed = false
  let wake = () => {}

  return {
    put(text) {
      if (isClosed) return length
      texts.push(text)
      length += text.length
      wake()
      return length
    },
    async take() {
      while (texts.length === 0) {
        if (isClosed) return null
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      const taken = texts.join('')
      texts = []
      length = 0
      return taken
    },
    isEmpty: () => texts.length === 0,
    isClosed: () => isClosed,
    close() {
      isClosed = true
      wake()
    },
  }
}
