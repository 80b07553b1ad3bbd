import { v5, v7 } from 'uuid'

/** A new UUID; version 7, so that rows made one after the other lie side by side in their index. */
export function newId(): string {
  return v7()
}

/** Seer's own namespace for names that must always give the same id (RFC 9562 version 5). */
const namespace = '6f7b3c52-4a8e-5d0c-9b1f-0d5e3a7c8e41'

/** The same UUID for the same parts, every time. */
export function idFrom(...parts: string[]): string {
  return v5(JSON.stringify(parts), namespace)
}
