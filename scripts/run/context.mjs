import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/** A failure whose message is all the user needs; shown without a stack. */
export class UserError extends Error {}
