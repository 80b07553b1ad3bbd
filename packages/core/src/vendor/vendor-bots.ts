import type { BotConfig } from './bot-config.ts'
import type { Fact, StatusFact } from './facts.ts'

/** The bot that the vendor is asked to send into a meeting. */
export type BotRequest = {
  /**
   * Our meeting id. It travels with the bot and comes back in every webhook and list, so the bot can be found again.
   */
  meetingId: string
  meetingUrl: string
  botName: string
  config: BotConfig
  /** The caller's own data, echoed by the vendor. */
  extra: Record<string, unknown> | null
  /** When to join; null joins at once. */
  joinAt: Date | null
}

/** A bot as the vendor lists it. */
export type VendorBot = {
  botId: string
  /** Our meeting id; null when the bot carries none. */
  meetingId: string | null
  /** The vendor's status code; `scheduled` for a booked bot that has not started. */
  status: string
  createdAt: Date
}

/** A page of one of the vendor’s lists. `nextCursor` asks for the next one; null on the last. */
export type Page<T> = { items: T[]; nextCursor: string | null }

/**
 * The bots of Meeting BaaS in Seer's words. Every method throws PermanentError or RetryableError with a VENDOR_ code.
 * `outcomeUnknown` is set when no answer came and the write may have been carried out.
 */
export interface VendorBots {
  /**
   * Creates a bot, scheduled when `joinAt` is set. Not safe to repeat: after a failure with an unknown outcome, ask
   * `findBots` first.
   */
  createBot(request: BotRequest): Promise<{ botId: string }>
  /** All bots that carry this meeting id, whether live, ended or scheduled; oldest first. Safe to repeat. */
  findBots(meetingId: string): Promise<VendorBot[]>
  /** Bots of the account that have not ended, newest first, 250 a page. Safe to repeat. */
  listActiveBots(cursor: string | null): Promise<Page<VendorBot>>
  /**
   * All bots of the account that were sent since then, live or ended, newest first, 250 a page. Safe to repeat. The
   * vendor's lists reach back 90 days.
   */
  listBotsSince(since: Date, cursor: string | null): Promise<Page<VendorBot>>
  /**
   * What the vendor knows of a bot now: how it ended, or its status. Null: the bot is booked and waits for its time.
   * Safe to repeat.
   * @throws PermanentError VENDOR_BOT_NOT_FOUND
   */
  getBot(botId: string): Promise<Fact | null>
  /** The status of a bot, with the time when the server noted it (`notedAt`). Safe to repeat. */
  getBotStatus(botId: string): Promise<StatusFact>
  /**
   * Makes a bot leave, or cancels a bot that has not started. Safe to repeat.
   * @throws PermanentError VENDOR_CONFLICT when it has ended already, VENDOR_BOT_NOT_FOUND
   */
  leaveBot(botId: string): Promise<void>
  /**
   * Gives a booked bot another time, link or configuration. It always sends all of them, so it is safe to repeat.
   * `joinAt` must be set and at least 4 minutes ahead, or the vendor refuses: VENDOR_REJECTED or VENDOR_CONFLICT.
   * @throws PermanentError VENDOR_CONFLICT when the bot is locked (less than 4 minutes before its time), has started or
   * was cancelled; VENDOR_BOT_NOT_FOUND
   */
  updateScheduledBot(botId: string, request: BotRequest): Promise<void>
  /**
   * Cancels a scheduled bot. Safe to repeat.
   * @throws PermanentError VENDOR_CONFLICT when it has started, VENDOR_BOT_NOT_FOUND
   */
  cancelScheduledBot(botId: string): Promise<void>
  /**
   * Asks for another transcription of a bot that has ended. The answer only says that it was begun. Not safe to repeat:
   * each one is paid for.
   * @param options `apiKey`: the caller's own key at the vendor's transcription provider
   * @throws PermanentError VENDOR_CONFLICT when the bot has not ended, or its recording is gone
   */
  retranscribe(botId: string, options: { apiKey: string | null }): Promise<void>
  /**
   * Deletes a bot's recording and transcript at the vendor. Safe to repeat.
   * @throws PermanentError VENDOR_CONFLICT when the bot has not ended
   */
  deleteBotData(botId: string): Promise<void>
}
