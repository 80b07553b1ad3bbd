export type Alarm = {
  /** Ends the wait that runs, or else the next one. */
  ring(): void
  /** Waits until the alarm rings, at most `timeoutMs`. */
  wait(timeoutMs: number): Promise<void>
}

export function newAlarm(): Alarm {
  let hasRung = false
  let end: (() => void) | undefined
  return {
    ring() {
      hasRung = true
      end?.()
    },
    async wait(timeoutMs) {
      if (!hasRung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, timeoutMs)
          end = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      end = undefined
      hasRung = false
    },
  }
}
