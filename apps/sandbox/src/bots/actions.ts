import type { VirtualClock } from '../clock/virtual-clock.ts'
import { type Bot, isBeforeCallEnd, isInCall, isRecording, isWaiting, recordedSeconds } from './bot.ts'
import { holdFor, scriptContext } from './fleet.ts'
import type { Lifecycle } from './lifecycle.ts'
import * as scripts from './scripts.ts'

/** A bot removed sooner than this after recording began counts as removed too early, in virtual seconds. */
const tooEarlySeconds = 10

/** How long the vendor takes to give a command to the bot, in virtual seconds. Leaving does not happen at once. */
const commandDelay = 2

/** What people in a meeting can do to a bot. */
export const meetingActions = ['admit', 'refuse', 'kick', 'end', 'crash'] as const
export type MeetingAction = (typeof meetingActions)[number]

/** Which meeting actions make sense for a bot now. */
export function allowedActions(bot: Bot): MeetingAction[] {
  if (!isBeforeCallEnd(bot)) return []
  if (isWaiting(bot)) return ['admit', 'refuse', 'end', 'crash']
  if (isInCall(bot)) return ['kick', 'end', 'crash']
  return ['end', 'crash']
}

type Parts = { clock: VirtualClock; lifecycle: Lifecycle }

/** Does a meeting action at once. The caller has checked that it is allowed. */
export function actOnBot(parts: Parts, bot: Bot, action: MeetingAction): void {
  const context = scriptContext(bot, holdFor(bot, parts.clock.now()))
  switch (action) {
    case 'admit':
      return parts.lifecycle.play(bot, scripts.admitted(context))
    case 'refuse':
      return parts.lifecycle.play(bot, scripts.refused(context, 0))
    case 'kick':
      return parts.lifecycle.play(bot, kicked(parts, bot))
    case 'end':
      return parts.lifecycle.play(
        bot,
        isRecording(bot) ? scripts.callEnds(context, 0) : scripts.meetingEndedEarly(context, 0),
      )
    case 'crash':
      return parts.lifecycle.play(bot, [scripts.crash(0)])
  }
}

/** The caller's `leave`. What was recorded is kept; without a recording the run fails. Takes effect a moment later. */
export function leaveMeeting(parts: Parts, bot: Bot): void {
  if (!isBeforeCallEnd(bot)) return
  const steps = isRecording(bot)
    ? scripts.callEnds(scriptContext(bot, 0), commandDelay)
    : scripts.stoppedBeforeRecording(commandDelay)
  parts.lifecycle.play(bot, steps)
}

function kicked(parts: Parts, bot: Bot) {
  const recorded = recordedSeconds(bot.recording, parts.clock.now())
  const context = scriptContext(bot, 0)
  return recorded !== null && recorded >= tooEarlySeconds
    ? scripts.callEnds(context, 0)
    : scripts.removedTooEarly(context, 0)
}
