import type { ServerResponse } from 'node:http'

/** Calls `onClosed` when the connection of an answer ends, or now if it has. */
export function whenClosed(answer: ServerResponse, onClosed: () => void): void {
  if (answer.destroyed) onClosed()
  else answer.once('close', onClosed)
}
