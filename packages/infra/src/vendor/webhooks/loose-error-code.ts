/**
 * The error code at the start of a text of v1 or of the guide's senders, in the spelling of v2: `BotNotAccepted`,
 * `InternalError: page crashed`, `meeting_not_found` or a code of v2. Free text gives `UNKNOWN_ERROR`. API v1 publishes
 * two contradicting lists of codes, and sends free text that begins with a code.
 */
export function looseErrorCode(text: string): string {
  const first = /^[A-Za-z][A-Za-z0-9_]{0,99}(?![^\s:;,.(-])/.exec(text.trim())?.[0] ?? ''
  const isCode = first === text.trim() || /[a-z][A-Z]|_/.test(first)
  if (!isCode || first === '') return 'UNKNOWN_ERROR'
  return first.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()
}
