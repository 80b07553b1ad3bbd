/**
 * The sandbox's meeting has four turns, in which two people take turns to speak, and goes on from the beginning. Video,
 * audio and transcript are all made of these turns, so that each fits the length of the meeting.
 */
export const turnsInAsset = 4

/** The time from the start of one turn to the start of the next, in seconds. */
export const turnSeconds = 3.52

/** How many turns come next to this time. A file has one at least. */
export const turnsIn = (seconds: number): number => Math.max(1, Math.round(seconds / turnSeconds))
