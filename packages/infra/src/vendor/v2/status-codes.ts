/** The codes in openapi-v2.json (list of bots) without `completed` and `failed`. */
export const activeCodes = [
  ...['queued', 'pickup_delayed', 'transcribing', 'joining_call', 'in_waiting_room', 'in_waiting_for_host'],
  ...['in_call_not_recording', 'in_call_recording', 'recording_paused', 'recording_resumed', 'call_ended'],
  ...['recording_succeeded', 'recording_failed', 'api_request_stop', 'bot_rejected', 'bot_removed'],
  ...['bot_removed_too_early', 'waiting_room_timeout', 'invalid_meeting_url', 'meeting_error'],
]

/** `scheduled` and `cancelled` are statuses of bookings. */
const known: ReadonlySet<string> = new Set([
  ...activeCodes,
  ...['completed', 'failed', 'transcription_failed', 'scheduled', 'cancelled'],
])

/** A status in the vendor's spelling, whatever case it came in. Unknown codes stay unchanged. */
export function readStatusCode(code: string): string {
  const word = code.toLowerCase().replace(/^canceled$/, 'cancelled')
  return known.has(word) ? word : code
}
