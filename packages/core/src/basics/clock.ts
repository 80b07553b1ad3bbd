/** Reads the current time. Injected, so that rules about time can be tested without waiting. */
export type Clock = () => Date
