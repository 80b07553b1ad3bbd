/**
 * Why bots fail, in words, by the code of the failure. The vendor's codes are from its page on error codes and from the
 * source of its console (reference of November 2026); the others are Seer's own (basics/error-codes.ts).
 */

/**
 * What a failure is about:
 * - lobby: nobody let the bot in, or somebody sent it away.
 * - meeting: there was no meeting when the bot came, or it was over before anything was recorded.
 * - link: the link leads to no meeting.
 * - login: the meeting admits only who is signed in, or the credentials of the bot are refused.
 * - platform: Zoom, Google Meet or Teams does not allow it, or only with the host's help.
 * - capacity: the plan at Meeting BaaS allows no more.
 * - vendor: Meeting BaaS broke down, or could not be reached.
 * - ours: Seer broke down, or was not running in time.
 */
export const failureCauses = ['lobby', 'meeting', 'link', 'login', 'platform', 'capacity', 'vendor', 'ours'] as const
export type FailureCause = (typeof failureCauses)[number]

export type ExplainedFailure = {
  cause: FailureCause
  /** What happened, as a sentence. */
  explanation: string
  /** What to do about it, as a sentence. */
  advice: string
  /** Whether another order for the same meeting, as it is, may succeed while the meeting lasts. */
  newOrderMayHelp: boolean
}

type Failures = Record<string, ExplainedFailure>

const failure = (cause: FailureCause, newOrderMayHelp: boolean) => (explanation: string, advice: string) => ({
  ...{ cause, explanation, advice, newOrderMayHelp },
})
const lobby = failure('lobby', true)
const over = failure('meeting', false)
const login = failure('login', false)
const platform = failure('platform', false)
const capacity = failure('capacity', false)
const broken = failure('vendor', true)
const orderAgain =
  'Order another bot while the meeting lasts. If it happens often, write to Meeting BaaS with the id of the bot.'
const askHost = 'Ask the host to allow it, then order another bot.'
const credentials = 'Check the credentials that Meeting BaaS has for this bot, and order another one.'
const plan = 'Wait, or get a larger plan at Meeting BaaS.'

/** Codes of the vendor's bots. */
const botCodes: Failures = {
  BOT_NOT_ACCEPTED: lobby('The host refused the bot.', 'Ask the host to let it in, and order another one.'),
  TIMEOUT_WAITING_TO_START: lobby(
    'Nobody let the bot in from the lobby in time.',
    'Ask the host to admit it, or give it a longer waitingRoomTimeout, and order another one.',
  ),
  BOT_REMOVED: lobby('Somebody removed the bot from the meeting.', 'Ask who did, before you order another one.'),
  BOT_REMOVED_TOO_EARLY: lobby(
    'Somebody removed the bot before it had recorded anything.',
    'Ask who did, before you order another one.',
  ),
  WAITING_FOR_HOST_TIMEOUT: lobby(
    'The host did not start the meeting in time.',
    'Order another bot when the meeting has begun, or give it a longer waitingRoomTimeout.',
  ),
  WAITING_FOR_AUTHORIZED_USER_TIMEOUT: lobby(
    'Nobody came who may let the bot in.',
    'Order another bot when the meeting has begun, or give it a longer waitingRoomTimeout.',
  ),
  NO_ATTENDEES: over('Nobody came.', 'Order another bot when somebody is there.'),
  NO_SPEAKER: over('Nobody spoke.', 'Order another bot if the meeting goes on.'),
  EXITING_MEETING_BEFORE_RECORD: over('The meeting was left before anything was recorded.', 'There is nothing to do.'),
  MEETING_ENDED_PREMATURELY: over('The meeting ended before anything was recorded.', 'There is nothing to do.'),
  API_REQUEST: over('The bot was told to leave before it had recorded anything.', 'There is nothing to do.'),
  RECORDING_TIMEOUT: over('The recording reached the longest time that is allowed.', 'Order another bot to go on.'),
  INVALID_MEETING_URL: failure('link', false)(
    'The link leads to no meeting.',
    'Check the link, including its passcode, and order another bot with the right one.',
  ),
  CANNOT_JOIN_MEETING: failure('platform', true)(
    'The bot could not join, for a reason that the platform does not tell.',
    'Open the link in a private window of a browser. If that works, order another bot.',
  ),
  LOGIN_REQUIRED: login('The meeting admits only people who are signed in.', 'Ask the host to admit guests.'),
  ...loginCodes('MEET_LOGIN', 'Google Meet'),
  ...loginCodes('TEAMS_LOGIN', 'Microsoft Teams'),
  ZOOM_ANONYMOUS_JOIN_NOT_ALLOWED: login('The Zoom account admits no guests.', 'Ask the host to admit guests.'),
  SET_ZOOM_ID_AND_PWD_TOGETHER: login('Only one of the two Zoom SDK credentials was set.', credentials),
  CANNOT_GET_JWT_TOKEN: login('Zoom gave no token for the SDK credentials.', credentials),
  SDK_AUTH_FAILED: login('Zoom refused the SDK credentials.', credentials),
  ZOOM_ACCESS_TOKEN_ERROR: login('Zoom refused the access token of the bot.', credentials),
  ZOOM_OBF_TOKEN_ERROR: login('Zoom refused the token for joining on behalf of a user.', credentials),
  RECORDING_RIGHTS_NOT_GRANTED: platform('The host did not allow the bot to record.', askHost),
  CANNOT_REQUEST_RECORDING_RIGHT: platform('In this meeting nobody can ask to record.', askHost),
  RECORDING_START_TIMEOUT: platform('The recording did not begin in time.', askHost),
  HOST_CLIENT_CANNOT_GRANT_PERMISSION: platform('The program of the host cannot allow recording.', askHost),
  UNABLE_JOIN_EXTERNAL_MEETING: platform('Zoom lets this bot join only meetings of its own account.', credentials),
  INSUFFICIENT_TOKENS: capacity('The account at Meeting BaaS had no tokens left.', 'Buy tokens at Meeting BaaS.'),
  DAILY_BOT_CAP_REACHED: capacity('The plan at Meeting BaaS allows no more bots in 24 hours.', plan),
  BOT_ALREADY_EXISTS: failure('vendor', false)(
    'Meeting BaaS already had a bot in this meeting.',
    'Look for that bot in your list; another one is not needed.',
  ),
  INTERNAL_ERROR: broken('Meeting BaaS broke down, or Seer did.', orderAgain),
  GENERAL_ERROR: broken('Meeting BaaS broke down.', orderAgain),
  UNKNOWN_ERROR: broken('Meeting BaaS broke down and does not know why.', orderAgain),
  OOM_KILLED: broken('The bot ran out of memory.', orderAgain),
  SIGTERM: broken('Meeting BaaS stopped the bot.', orderAgain),
  FORCE_KILLED: broken('Meeting BaaS stopped the bot by force.', orderAgain),
  STREAMING_SETUP_FAILED: broken('The stream of audio could not be set up.', orderAgain),
  TRANSCRIPTION_FAILED: failure('vendor', false)(
    'The meeting was recorded, but Meeting BaaS could not transcribe it.',
    'Order a transcript with POST …/retranscribe.',
  ),
}

function loginCodes(prefix: string, name: string): Failures {
  const refused = (why: string) => login(`The bot could not sign in to ${name}: ${why}.`, credentials)
  return {
    [`${prefix}_REQUIRED`]: login(
      `The meeting admits only people who are signed in to ${name}.`,
      'Ask the host to admit guests.',
    ),
    [`${prefix}_UNAVAILABLE`]: refused('Meeting BaaS has no free account for it'),
    [`${prefix}_FAILED_INVALID_CREDENTIALS`]: refused('the credentials are wrong'),
    [`${prefix}_FAILED_CAPTCHA`]: refused('a captcha was in the way'),
    [`${prefix}_FAILED_MFA_REQUIRED`]: refused('a second factor is asked for'),
    [`${prefix}_FAILED_SAML_REJECTED`]: refused('the identity provider refused'),
    [`${prefix}_FAILED_TIMEOUT`]: refused('it took too long'),
  }
}

const late = 'Check that workers run, then order another bot if the meeting still lasts.'
const ours = failure('ours', true)

/** Codes of Seer's own, for bots that were never made or whose end nobody told. */
const ownCodes: Failures = {
  BOT_LOST: broken('Meeting BaaS does not know the bot any more, and did not say what became of it.', orderAgain),
  BOT_NOT_STARTED: broken('Meeting BaaS did not start the bot that it had booked.', orderAgain),
  BOT_STUCK: broken('Meeting BaaS did not say how the bot ended, a day after its meeting began.', orderAgain),
  VENDOR_REJECTED: failure('vendor', false)(
    'Meeting BaaS refused the order.',
    'The message says why; order another bot without it.',
  ),
  VENDOR_UNAVAILABLE: broken('Meeting BaaS could not be reached in time.', orderAgain),
  VENDOR_PROTOCOL: broken('Meeting BaaS answered with something that Seer does not understand.', orderAgain),
  VENDOR_TIMEOUT: broken('Meeting BaaS did not answer in time.', orderAgain),
  VENDOR_RATE_LIMITED: capacity('Meeting BaaS asked Seer to slow down until the meeting was over.', plan),
  VENDOR_UNAUTHORIZED: login(
    'Meeting BaaS refused the API key of this installation.',
    'Its operator must set MEETINGBAAS_API_KEY.',
  ),
  VENDOR_INSUFFICIENT_TOKENS: capacity(
    'The account at Meeting BaaS had no tokens left.',
    'Buy tokens at Meeting BaaS.',
  ),
  VENDOR_DAILY_CAP: capacity('The plan at Meeting BaaS allows no more bots in 24 hours.', plan),
  VENDOR_BOT_NOT_FOUND: broken('Meeting BaaS does not know the bot.', orderAgain),
  VENDOR_CONFLICT: broken('Meeting BaaS refused, because of the state that the bot was in.', orderAgain),
  VENDOR_DUPLICATE_BOT: failure('vendor', false)(
    'Meeting BaaS already had a bot in this meeting.',
    'Look for that bot in your list; another one is not needed.',
  ),
  SERVICE_UNAVAILABLE: ours('Seer could not create the bot in time.', late),
  JOB_TIMED_OUT: ours('Seer could not create the bot in time.', late),
  JOB_LEASED: ours('Seer could not create the bot in time.', late),
}

export const explainedFailures: Readonly<Failures> = { ...botCodes, ...ownCodes }

const unknown = failure('vendor', true)(
  'Meeting BaaS ended the bot with a code that Seer does not know; the message is its own.',
  orderAgain,
)

/** A failure in words. A code that nobody knows counts as the vendor's. */
export function explainFailure(code: string): ExplainedFailure {
  return Object.hasOwn(explainedFailures, code) ? (explainedFailures[code] as ExplainedFailure) : unknown
}
