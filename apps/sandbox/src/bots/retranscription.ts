import type { VirtualClock } from '../clock/virtual-clock.ts'
import type { Bot } from './bot.ts'

/**
 * Begins another transcription. When it is done, the files say another time, and a bot without a transcript has one.
 * Nobody is told: whether the vendor sends an event then is not documented.
 * @returns false when the bot has no recording, or one is being made already
 */
export function beginRetranscription(clock: VirtualClock, bot: Bot): boolean {
  const { again, available } = bot.recording
  if (!available || bot.artifactsDeleted || (again && !again.isDone)) return false
  bot.recording.again = { at: clock.now() + bot.plan.timings.transcription * 1000, isDone: false }
  awaitRetranscription(clock, bot)
  return true
}

/** Goes on after a restart. */
export function awaitRetranscription(clock: VirtualClock, { recording }: Bot): void {
  const { again } = recording
  if (!again || again.isDone) return
  clock.at(again.at, () => {
    recording.transcribed = true
    again.isDone = true
  })
}
