/** Somebody whose bots and calendars Seer keeps. `name` is how your app calls the user. */
export type User = {
  id: string
  name: string
  createdAt: Date
  /** When the deletion of the user began; null for a user who stays. */
  deletedAt: Date | null
}

/** Users in Postgres. A user comes into being with the first API key. Each method is one atomic step. */
export interface UserStore {
  /** All users, sorted by name. */
  list(): Promise<User[]>
  /**
   * Begins to delete a user. From then on no key of the user is accepted, no consent can be finished, and the user has
   * no rules and no overrides, so nothing is recorded. Safe to repeat.
   * @returns the user's id; null when nobody has this name
   */
  markDeleted(name: string, at: Date): Promise<string | null>
  /** Ids of users who are being deleted, the longest waiting first, at most `limit`. */
  listDeleted(limit: number): Promise<string[]>
  /**
   * Removes a user who is being deleted, with everything that belongs only to that user. It refuses while the user
   * still has meetings or calendars, because their bots and calendars at the vendor must go first.
   * @returns whether the user is gone
   */
  remove(userId: string): Promise<boolean>
}
