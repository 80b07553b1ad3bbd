/** Webhooks that only API v1 sends. They carry no time and no message id. */
import type { Artifacts } from '@seer/core/vendor/facts'
import { z } from 'zod'
import { people } from '../v2/people.ts'
import { expiryOf, linkOrNull } from '../v2/results.ts'
import { botIdField, instantOrNull, prose, proseOrNull } from '../wire/fields.ts'
import { eventIdList } from './event-ids.ts'
import { botEvent, type EventReader, eventReader, meetingIdOf } from './event-reader.ts'
import { looseErrorCode } from './loose-error-code.ts'

const completeFields = {
  bot_id: botIdField,
  mp4: linkOrNull,
  audio: linkOrNull,
  speakers: people,
  transcript: z.unknown().optional(),
}

const complete = eventReader(botEvent(completeFields), (body) => {
  const { bot_id: botId, mp4: video, audio, speakers, transcript } = body.data
  const artifacts: Artifacts = {
    video,
    audio,
    diarization: null,
    transcription: null,
    rawTranscription: null,
    chat: null,
  }
  const fact = {
    kind: 'completed' as const,
    at: null,
    joinedAt: null,
    exitedAt: null,
    durationSeconds: null,
    artifacts,
    artifactsExpireAt: expiryOf(artifacts, null),
    participants: [],
    speakers: speakers.people,
  }
  // An empty list does not say whether nobody spoke, or no transcript was made.
  const sent = Array.isArray(transcript) && transcript.length > 0 ? { transcript } : {}
  return { kind: 'bot', botId, meetingId: meetingIdOf(body), businessKey: null, fact, ...sent }
})

const failedFields = { bot_id: botIdField, error: prose(2_000), message: proseOrNull(2_000) }

const failed = eventReader(botEvent(failedFields), (body) => {
  const { bot_id: botId, error, message } = body.data
  const fact = {
    kind: 'failed' as const,
    at: null,
    code: looseErrorCode(error),
    message: message ?? error,
    results: null,
  }
  return { kind: 'bot', botId, meetingId: meetingIdOf(body), businessKey: `failed:${botId}`, fact }
})

/** Sent again after each later transcription of the bot, so two of these may be about different transcripts. */
const transcriptionComplete = eventReader(botEvent({ bot_id: botIdField }), (body) => {
  const fact = { kind: 'result' as const, at: null, result: 'transcript' as const }
  return { kind: 'bot', botId: body.data.bot_id, meetingId: meetingIdOf(body), businessKey: null, fact }
})

const syncEvents = eventReader(
  z.object({
    data: z.object({ calendar_id: botIdField, last_updated_ts: instantOrNull, affected_event_uuids: eventIdList }),
  }),
  ({ data: { calendar_id: calendarId, last_updated_ts: at, affected_event_uuids: eventIds } }) => {
    const businessKey = at && `calendar.sync_events:${calendarId}:${at.toISOString()}`
    return { kind: 'calendar', calendarId, about: 'events', eventIds, businessKey }
  },
)

export const v1Events: [string, EventReader][] = [
  ['complete', complete],
  ['failed', failed],
  ['transcription_complete', transcriptionComplete],
  ['calendar.sync_events', syncEvents],
]
