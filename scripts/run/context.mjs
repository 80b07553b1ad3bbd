import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/** A failure whose message tells the user enough, so it is shown without a stack. */
export class UserError extends Error {}
