/**
 * Every error code that Seer answers or stores, with its HTTP status and meaning. docs/errors.md lists the same codes;
 * a test keeps the two equal. A code is never reused for another meaning.
 */
export const errorCodes = {
  // The request
  VALIDATION_FAILED: { status: 400, title: 'Some fields of the request are missing or wrong; `errors` names them.' },
  INVALID_JSON: { status: 400, title: 'The body is not valid JSON.' },
  INVALID_CURSOR: { status: 400, title: 'The cursor does not belong to this list; start again without it.' },
  CURSOR_TOO_OLD: {
    status: 410,
    title: 'Events after this position were removed by retention; `detail` says from where you can go on.',
  },
  UNSUPPORTED_MEETING_URL: {
    status: 400,
    title: 'The URL is not a Zoom, Google Meet or Microsoft Teams meeting link.',
  },
  JOIN_TIME_OUT_OF_RANGE: { status: 400, title: 'joinAt must be between now and 90 days from now.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'Send the body as application/json.' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is larger than this route accepts.' },
  BAD_REQUEST: { status: 400, title: 'The request could not be read.' },
  NOT_FOUND: { status: 404, title: 'There is nothing at this address, or it is not yours.' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'This address does not accept this method.' },
  RANGE_NOT_SATISFIABLE: { status: 416, title: 'The range begins behind the last byte.' },
  RATE_LIMITED: { status: 429, title: 'Too many requests; wait as long as Retry-After says.' },
  TOO_MANY_STREAMS: { status: 429, title: 'You have as many streams and waiting requests as one user may have.' },
  // The caller
  UNAUTHENTICATED: { status: 401, title: 'Send a valid API key as `Authorization: Bearer …`.' },
  FORBIDDEN: { status: 403, title: 'The API key lacks the scope that this route needs.' },
  WEBHOOK_NOT_AUTHENTICATED: { status: 401, title: 'The webhook carries no valid signature or secret.' },
  // State
  IDEMPOTENCY_KEY_REUSED: { status: 409, title: 'This Idempotency-Key was already used for a different request.' },
  IDEMPOTENCY_KEY_IN_USE: { status: 409, title: 'The first request under this Idempotency-Key is still running.' },
  MEETING_ID_CONFLICT: { status: 409, title: 'This meetingId belongs to another meeting; choose a new UUID.' },
  BOT_ALREADY_ENDED: { status: 409, title: 'The bot has already ended.' },
  RECORDING_NOT_STORED: { status: 409, title: 'The recording is not stored yet; try again as Retry-After says.' },
  RECORDING_GONE: { status: 410, title: 'There is no such recording, or not any more; `detail` says why.' },
  BOT_NOT_ENDED: { status: 409, title: 'The bot has not ended; end it, and delete its data when it has.' },
  DATA_ON_HOLD: { status: 409, title: 'The data of this bot are on hold; lift the hold first.' },
  DATA_DELETED: { status: 409, title: 'The data of this bot are deleted, or being deleted; nothing can be kept.' },
  NOT_THE_OWNER: { status: 403, title: 'You share this bot; only the user who owns it may do this.' },
  USER_BEING_DELETED: {
    status: 409,
    title: 'The user is being deleted; the name is free again when that is finished.',
  },
  // Calendars
  UNKNOWN_CALENDAR_PROVIDER: { status: 400, title: 'The calendar provider must be google or microsoft.' },
  CALENDAR_PROVIDER_NOT_CONFIGURED: {
    status: 409,
    title: 'This installation has no OAuth client for that calendar provider; its operator must configure one.',
  },
  CALENDAR_TOKEN_REFUSED: {
    status: 422,
    title: 'The calendar provider refused the refresh token; ask the user for consent again.',
  },
  CALENDAR_PERMISSION_DENIED: {
    status: 422,
    title: 'The account does not let Seer read its calendars; grant calendar access, or check its licence.',
  },
  CALENDAR_NOT_FOUND: { status: 404, title: 'The account has no such calendar, or you have not connected it.' },
  CALENDAR_LIMIT_REACHED: {
    status: 409,
    title: 'The Meeting BaaS plan allows no more calendars; disconnect one or get a larger plan.',
  },
  CALENDAR_CONNECTED_ELSEWHERE: { status: 409, title: 'Another user has connected this calendar.' },
  CALENDAR_BUSY: { status: 409, title: 'This calendar is being connected or disconnected; try again in a moment.' },
  CALENDAR_AMBIGUOUS: {
    status: 409,
    title:
      'Meeting BaaS has several connections of this account that Seer does not know; delete them in its dashboard.',
  },
  EVENT_NOT_RECORDABLE: { status: 409, title: 'This event cannot be recorded; `detail` says why.' },
  RULES_CONFLICT: { status: 409, title: 'Somebody else has changed the rules meanwhile; read them and try again.' },
  OAUTH_STATE_INVALID: {
    status: 400,
    title: 'This consent was not started here, was already used, or is older than ten minutes; start again.',
  },
  OAUTH_DENIED: { status: 400, title: 'The consent was not given; start again and allow the access.' },
  OAUTH_CODE_REFUSED: { status: 400, title: 'The calendar provider refused the code of this consent; start again.' },
  OAUTH_NO_REFRESH_TOKEN: {
    status: 422,
    title: 'The calendar provider gave no lasting access; remove the app from the account and start again.',
  },
  OAUTH_REDIRECT_NOT_ALLOWED: {
    status: 400,
    title: 'redirectUrl is not one of the addresses that the operator allows.',
  },
  OAUTH_SERVER_UNAVAILABLE: {
    status: 503,
    title: 'The sign-in server of the calendar provider cannot be reached; start again in a moment.',
  },
  // Transcripts
  RECORDING_HIDDEN: {
    status: 403,
    title: 'You came to this bot while it was recording, and this installation keeps its recording from latecomers.',
  },
  NO_TRANSCRIPT: { status: 404, title: 'There is no such transcript; `detail` says why.' },
  TRANSCRIPT_NOT_READY: { status: 409, title: 'The transcript is not there yet; `detail` says what it waits for.' },
  TRANSCRIPT_FAILED: { status: 409, title: 'The transcript could not be made; `detail` says why.' },
  UNKNOWN_SPEAKER: { status: 422, title: 'Nobody in the transcript has this label; `detail` lists the labels.' },
  // Transcripts that are made again
  NOTHING_TO_TRANSCRIBE: { status: 409, title: 'There is no recording to transcribe; `detail` says why.' },
  TRANSCRIPT_BEING_MADE: {
    status: 409,
    title: 'A transcript of this bot is being made already; wait until it is complete or has failed.',
  },
  SPEECH_NOT_CONFIGURED: {
    status: 409,
    title: 'This installation cannot use that speech service; `detail` says what is missing.',
  },
  SPEECH_KEY_REFUSED: { status: 502, title: 'The speech service refused the API key.' },
  SPEECH_ACCOUNT_EMPTY: { status: 502, title: 'The account at the speech service has no credit left.' },
  SPEECH_AUDIO_REFUSED: {
    status: 502,
    title: 'The speech service cannot use the recording: it is too large, or in a format that it does not read.',
  },
  SPEECH_REQUEST_REFUSED: {
    status: 502,
    title: 'The speech service refused the request, for example because of its language or model.',
  },
  SPEECH_RATE_LIMITED: { status: 503, title: 'The speech service asked Seer to slow down; it is tried again.' },
  SPEECH_UNAVAILABLE: {
    status: 503,
    title: 'The speech service cannot be reached or answers with errors; it is tried again.',
  },
  SPEECH_PROTOCOL: { status: 502, title: 'The speech service answered with something that is no transcript.' },
  TRANSCRIPT_GIVEN_UP: {
    status: 504,
    title: 'The transcript could not be made within six hours; order it again when the cause is mended.',
  },
  // Endpoints
  ENDPOINT_LIMIT_REACHED: {
    status: 409,
    title: 'You have as many webhook endpoints as a user may have; delete one, or let one take more types of events.',
  },
  SECRETS_NOT_CONFIGURED: {
    status: 409,
    title: 'This installation cannot keep secrets; its operator must set ENCRYPTION_KEYS.',
  },
  // Seer itself
  TOKEN_NOT_READABLE: { status: 500, title: 'A stored token cannot be opened with the keys in ENCRYPTION_KEYS.' },
  INTERNAL_ERROR: { status: 500, title: 'Something went wrong in Seer; the logs say what, under the request id.' },
  SERVICE_UNAVAILABLE: { status: 503, title: 'A service that Seer needs is down; try again shortly.' },
  JOB_PAYLOAD_INVALID: { status: 500, title: 'A job carried a payload that does not fit its contract.' },
  JOB_TIMED_OUT: { status: 504, title: 'A job took longer than it may.' },
  JOB_LEASED: { status: 503, title: 'Another worker is creating this bot at the moment.' },
  // The storage of recordings
  STORAGE_UNAVAILABLE: { status: 503, title: 'The storage of recordings cannot be reached or answers with errors.' },
  STORAGE_DENIED: {
    status: 503,
    title: 'The storage of recordings refuses Seer; its operator must check credentials and permissions.',
  },
  STORAGE_FULL: { status: 503, title: 'The storage of recordings is full; its operator must make room.' },
  STORAGE_OBJECT_MISSING: { status: 410, title: 'The storage of recordings does not have this file.' },
  STORAGE_CHECKSUM_MISMATCH: { status: 502, title: 'A file is not what its size and SHA-256 say.' },
  // The vendor
  VENDOR_REJECTED: { status: 502, title: 'Meeting BaaS refused the request as invalid.' },
  VENDOR_UNAUTHORIZED: { status: 502, title: 'Meeting BaaS refused Seer’s API key; check MEETINGBAAS_API_KEY.' },
  VENDOR_INSUFFICIENT_TOKENS: { status: 402, title: 'The Meeting BaaS account has too few tokens; top it up.' },
  VENDOR_BOT_NOT_FOUND: { status: 502, title: 'Meeting BaaS does not know this bot.' },
  VENDOR_CALENDAR_NOT_FOUND: { status: 502, title: 'Meeting BaaS does not know this calendar.' },
  VENDOR_CALENDAR_EXISTS: { status: 502, title: 'Meeting BaaS has this calendar already.' },
  VENDOR_CONFLICT: { status: 502, title: 'Meeting BaaS refused the request because of the state the bot is in.' },
  VENDOR_DUPLICATE_BOT: { status: 502, title: 'Meeting BaaS already has a bot for this meeting.' },
  VENDOR_RATE_LIMITED: {
    status: 503,
    title: 'Meeting BaaS asked Seer to slow down; the work waits and is tried again.',
  },
  VENDOR_DAILY_CAP: {
    status: 503,
    title: 'The daily bot limit of the Meeting BaaS plan is reached; the work waits.',
  },
  VENDOR_UNAVAILABLE: { status: 503, title: 'Meeting BaaS cannot be reached or answers with errors.' },
  VENDOR_TIMEOUT: { status: 504, title: 'Meeting BaaS did not answer in time.' },
  VENDOR_PROTOCOL: { status: 502, title: 'The answer did not come from the API of Meeting BaaS.' },
  DOWNLOAD_INTERRUPTED: {
    status: 502,
    title: 'A file of Meeting BaaS could not be fetched whole; the copy is tried again.',
  },
  BOT_NOT_STARTED: { status: 502, title: 'Meeting BaaS never started the bot that was booked.' },
  BOT_STUCK: { status: 502, title: 'Meeting BaaS never said how the bot ended.' },
  BOT_LOST: { status: 502, title: 'The bot vanished at Meeting BaaS before its meeting was recorded.' },
} as const satisfies Record<string, { status: number; title: string }>

export type ErrorCode = keyof typeof errorCodes
