/** Reads the current time. Tests inject their own clock, so that they need not wait. */
export type Clock = () => Date
