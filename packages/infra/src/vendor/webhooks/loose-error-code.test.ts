import { expect, test } from 'vitest'
import { looseErrorCode } from './loose-error-code.ts'

test.each([
  ['CannotJoinMeeting', 'CANNOT_JOIN_MEETING'],
  ['TimeoutWaitingToStart', 'TIMEOUT_WAITING_TO_START'],
  ['InternalError: the page crashed', 'INTERNAL_ERROR'],
  ['InternalError the page crashed', 'INTERNAL_ERROR'],
  ['meeting_not_found', 'MEETING_NOT_FOUND'],
  ['BOT_NOT_ACCEPTED', 'BOT_NOT_ACCEPTED'],
  [' access_denied ', 'ACCESS_DENIED'],
  ['Something went wrong', 'UNKNOWN_ERROR'],
  ['The page crashed', 'UNKNOWN_ERROR'],
  ['', 'UNKNOWN_ERROR'],
  ['<html>', 'UNKNOWN_ERROR'],
])('%j is %s', (text, code) => {
  expect(looseErrorCode(text)).toBe(code)
})
