export type User = {
  id: string
  name: string
  createdAt: Date
  /** Since when the user is being deleted. */
  deletedAt: Date | null
}

/** Users in Postgres. They come into being with their first API key. Each method is one atomic step. */
export interface UserStore {
  /** All, by name. */
  list(): Promise<User[]>
  /**
   * From now on the user is being deleted: no key is accepted, no consent can be finished, and there are no rules and
   * overrides by which anything would be recorded. Safe to repeat.
   * @returns the user's id; null when there is none of that name
   */
  markDeleted(name: string, at: Date): Promise<string | null>
  /** Ids of users who are being deleted, those who have been longest first, `limit` at most. */
  listDeleted(limit: number): Promise<string[]>
  /**
   * Removes a user who is being deleted, with everything that belongs only to that user. Meetings and calendars stand
   * in the way: what they stand for at the vendor must be gone first.
   * @returns whether the user is gone
   */
  remove(userId: string): Promise<boolean>
}
