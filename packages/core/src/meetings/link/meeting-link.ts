import type { Platform } from '../../vendor/platform.ts'

export type MeetingLink = {
  /**
   * The link to join by, in one form for all spellings: https, lower-case host, no fragment, and of the query only what
   * opens the meeting.
   */
  url: string
  platform: Platform
  /** Equal for all spellings of one meeting, such as `zoom:123456789`; holds no passcode. */
  joinKey: string
}

/** Links of the three platforms, and wrapped ones, that no bot can join by; with a sentence for people. */
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

/** What one link of a platform is: a meeting, or something else. */
export type PlatformReading = MeetingLink | NotJoinable
