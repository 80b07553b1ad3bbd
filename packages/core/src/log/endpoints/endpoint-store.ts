import type { Cause, LoggedChange } from '../entry.ts'
import type { Endpoint } from './endpoint.ts'

/** Who asks for an endpoint. Operators also see those for all users. */
export type EndpointViewer = { userId: string; isOperator: boolean }

export type BotEndpoint = Endpoint & { userId: string; botId: string }

/** What is decided about an endpoint, before it is written. */
export type EndpointChange = Pick<LoggedChange<'endpoint', Endpoint>, 'next' | 'entries'>

/** Endpoints in Postgres. Each method is one atomic step. */
export interface EndpointStore {
  /**
   * Adds an endpoint, unless there are `most` already with the same `userId`, not counting those for one bot, and tells so in
   * the log.
   * @returns `no_user` when the user is gone, or being deleted
   */
  add(endpoint: Endpoint, most: number): Promise<'added' | 'too_many' | 'no_user'>
  /**
   * Adds an endpoint for one bot, unless its user has one with this URL for this bot. It gets every event of the bot after
   * its `afterPosition`, also those that other endpoints have got already.
   * @returns the endpoint that there is now; `no_user` as above
   */
  addForBot(endpoint: BotEndpoint): Promise<Endpoint | 'no_user'>
  find(endpointId: string): Promise<Endpoint | null>
  /** Null when there is none, or somebody else has it. */
  findFor(viewer: EndpointViewer, endpointId: string): Promise<Endpoint | null>
  /** The newest first. @param botId those for this bot; null: those that are not for one bot */
  list(viewer: EndpointViewer, botId: string | null): Promise<Endpoint[]>
  /**
   * At most `limit` endpoints for bots that are gone or ended before a time. They were made before it too, and have nothing
   * left to send.
   */
  listDone(before: Date, limit: number): Promise<string[]>
  /** Those of everybody, or of one user, the newest first, at most `limit`. */
  listAll(limit: number, userId: string | null): Promise<Endpoint[]>
  /**
   * Writes all fields but the id and the user, and the entries. One that becomes active is due at once.
   * @returns false when somebody else has changed it meanwhile
   */
  save(change: LoggedChange<'endpoint', Endpoint>): Promise<boolean>
  /** Removes it, with its deliveries, and tells so in the log. @returns false when there is none */
  remove(endpointId: string, removal: { at: Date; cause: Cause }): Promise<boolean>
  /** Endpoints whose secrets are sealed with another key than the one of this prefix, at most `limit`, by id. */
  listStale(sealedPrefix: string, afterId: string | null, limit: number): Promise<Endpoint[]>
}
