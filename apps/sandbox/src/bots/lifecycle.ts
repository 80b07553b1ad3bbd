import type { VirtualClock } from '../clock/virtual-clock.ts'
import { type Bot, isTerminal, type Recording, type StatusEntry, type Step } from './bot.ts'

/** Called for everything that a bot does and the outside may hear of. */
export type LifecycleEvents = {
  statusChanged: (bot: Bot, entry: StatusEntry) => void
  ended: (bot: Bot) => void
}

export const noRecording: Recording = {
  joinedAt: null,
  startedAt: null,
  exitedAt: null,
  pausedMs: 0,
  pausedSince: null,
  available: false,
  transcribed: false,
}

/** Plays scripts on the virtual clock, and keeps a bot's facts in line with its status. */
export class Lifecycle {
  readonly #clock: VirtualClock
  readonly #events: LifecycleEvents

  constructor(clock: VirtualClock, events: LifecycleEvents) {
    this.#clock = clock
    this.#events = events
  }

  /** Replaces the bot's script by `steps`, counted from now. */
  play(bot: Bot, steps: Step[]): void {
    this.#clock.cancel(bot.script.timer)
    bot.script = { steps, next: 0, timer: undefined }
    this.#scheduleNext(bot)
  }

  /** Goes on with a script from before a restart. Its next step is due at `dueAt` (virtual ms). */
  resume(bot: Bot, dueAt: number): void {
    this.#scheduleNext(bot, dueAt)
  }

  /** Enters a status now, outside the script. The script goes on meanwhile. */
  enter(bot: Bot, step: Omit<Step, 'after'>): void {
    const entry: StatusEntry = { code: step.status, at: this.#clock.now() }
    if (step.message !== undefined) entry.message = step.message
    if (step.status === 'in_call_recording') entry.startTime = Math.floor(entry.at / 1000)
    bot.status = step.status
    bot.history.push(entry)
    bot.failure = step.failure ?? null
    updateRecording(bot, entry)
    if (isTerminal(bot)) bot.endedAt = entry.at
    this.#events.statusChanged(bot, entry)
    if (isTerminal(bot)) this.#events.ended(bot)
  }

  #scheduleNext(bot: Bot, dueAt?: number): void {
    const step = bot.script.steps[bot.script.next]
    if (!step) return
    bot.script.timer = this.#clock.at(dueAt ?? this.#clock.now() + step.after * 1000, () => {
      bot.script.next += 1
      this.enter(bot, step)
      this.#scheduleNext(bot)
    })
  }
}

function updateRecording(bot: Bot, entry: StatusEntry): void {
  const recording = bot.recording
  switch (entry.code) {
    case 'joining_call':
      // A run that starts again loses the recording of the failed attempt.
      bot.recording = { ...noRecording }
      return
    case 'in_call_not_recording':
      recording.joinedAt = entry.at
      return
    case 'in_call_recording':
      recording.startedAt = entry.at
      return
    case 'recording_paused':
      recording.pausedSince = entry.at
      return
    case 'recording_resumed':
      closePause(recording, entry.at)
      return
    case 'call_ended':
    case 'recording_failed':
    case 'failed':
      leaveCall(recording, entry.at)
      return
    case 'recording_succeeded':
      recording.available = !bot.plan.quirks.includes('no_artifacts')
      return
    case 'completed':
      recording.transcribed = recording.available && bot.config.transcription_enabled
      return
    default:
      return
  }
}

function leaveCall(recording: Recording, at: number): void {
  if (recording.joinedAt === null || recording.exitedAt !== null) return
  closePause(recording, at)
  recording.exitedAt = at
}

function closePause(recording: Recording, at: number): void {
  if (recording.pausedSince === null) return
  recording.pausedMs += at - recording.pausedSince
  recording.pausedSince = null
}
