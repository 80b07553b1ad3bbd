import type { Platform } from '../../vendor/platform.ts'

/** A link that leads to a meeting. */
export type MeetingLink = {
  /**
   * The link to join by, the same for all spellings: https, lower-case host, no fragment, and only those parts of the
   * query that open the meeting.
   */
  url: string
  platform: Platform
  /** The same for all spellings of one meeting, such as `zoom:123456789`. Holds no passcode. */
  joinKey: string
}

/** Links to the platforms by which no bot can join, with a sentence for people. */
export const notJoinable = {
  nickname: 'It is a nickname, which only people of that company can open; use the link with the meeting code.',
  personal:
    'It is a personal link without the number of the meeting, which bots cannot open; use the link with the number.',
  registration: 'It is a registration page; use the link that you get when you register.',
  recording: 'It is a recording, not a meeting.',
  live_stream: 'It is a live stream to watch, not a meeting to join.',
  chat: 'It is a chat or channel, not a meeting.',
  no_meeting: 'It names no meeting.',
  sealed: 'It is a protected link whose target cannot be read; use the link as it was sent.',
} as const
export type NotJoinable = keyof typeof notJoinable

/** What a link to a platform is: a meeting, or something else. */
export type PlatformReading = MeetingLink | NotJoinable
