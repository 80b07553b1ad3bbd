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
  snapshot: string
  /** Null for a subject that belongs to no user. Only operators see its entries. */
  ownerId: string | null
  /** Null when there is only the owner, who sees the snapshot as it is. Otherwise all, the owner first. */
  readers: Reader[] | null
  /** The user who gives up the subject with this change. */
  gone: string | null
}
