/**
 * Who may see an entry. Written with the entry, so later changes of who has the subject do not change it.
 */
export type Reader = {
  userId: string
  /** `left`: the user has just given up the subject, and this entry tells about it. */
  role: 'owner' | 'subscriber' | 'left'
  /** The rest is what this user has of the subject, for its views (meetings/views/event-view.ts). */
  [field: string]: unknown
}

/** What the log keeps with the entries of one change. */
export type Told = {
  /** The subject after the change as the API shows it, in JSON (feed/stored-snapshot.ts). */
  snapshot: string | null
  readers: Reader[]
  /** The user who gives up the subject with this change. */
  gone: string | null
}
