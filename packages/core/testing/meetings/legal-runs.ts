/** The legal orders of a bot run, as the vendor documents them (API v1 and v2). */
import fc from 'fast-check'

export const optional = (code: string) => fc.constantFrom([], [code])
const pauses = fc
  .nat(3)
  .map((times) => Array.from({ length: times }, () => ['recording_paused', 'recording_resumed']).flat())
const lobby = optional('in_waiting_for_host').map((host) => ['joining_call', 'in_waiting_room', ...host])
const recording = fc
  .tuple(lobby, pauses)
  .map(([before, inside]) => [...before, 'in_call_not_recording', 'in_call_recording', ...inside])

/** A start of the bot that ends well, and a start that fails. */
const goodAttempt = recording.map((codes) => [...codes, 'call_ended', 'recording_succeeded'])
const badAttempt = fc
  .oneof(
    lobby.map((codes) => [...codes, 'bot_rejected']),
    lobby.map((codes) => [...codes, 'waiting_room_timeout']),
    fc.constant(['joining_call', 'invalid_meeting_url']),
    optional('in_waiting_room').map((room) => ['joining_call', ...room, 'meeting_error']),
    recording.map((codes) => [...codes, 'bot_removed_too_early']),
  )
  .map((codes) => [...codes, 'recording_failed'])

/** Some starts that fail, and perhaps a start that ends well. */
export const attempts = fc.tuple(fc.array(badAttempt, { maxLength: 3 }), fc.option(goodAttempt))
