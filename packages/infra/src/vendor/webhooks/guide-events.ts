/**
 * The seven event names of the integration guide. The body is `{ event_type | event, bot_id, data, timestamp }`; the
 * fields of an error are in `data`.
 */
import type { Fact } from '@seer/core/vendor/facts'
import { z } from 'zod'
import { botIdField, extraField, instantOrNull, meetingIdIn, proseOrNull } from '../wire/fields.ts'
import { type EventReader, eventReader, invalid } from './event-reader.ts'
import { looseErrorCode } from './loose-error-code.ts'

const data = z.object({
  bot_id: botIdField.nullish(),
  code: proseOrNull(200),
  error_code: proseOrNull(200),
  error: proseOrNull(2_000),
  message: proseOrNull(2_000),
  error_message: proseOrNull(2_000),
  start_time: instantOrNull,
  extra: extraField,
})
type Data = z.output<typeof data>

const guideBody = z.object({
  bot_id: botIdField.nullish(),
  data: data.nullish().transform((fields): Partial<Data> => fields ?? {}),
  timestamp: instantOrNull,
  extra: extraField,
})

type ToFact = (at: Date | null, data: Partial<Data>) => Fact

const factsByName: Record<string, ToFact> = {
  bot_waiting_room: status('in_waiting_room'),
  bot_admitted: status('in_call_not_recording'),
  bot_join_call: status('in_call_not_recording'),
  bot_leave_call: status('call_ended'),
  recording_ready: (at) => ({ kind: 'result', at, result: 'recording' }),
  transcript_ready: (at) => ({ kind: 'result', at, result: 'transcript' }),
  bot_error: (at, data) => {
    const error = data.error_code ?? data.code ?? data.error ?? ''
    const message = data.error_message ?? data.message ?? data.error ?? null
    return { kind: 'failed', at, code: looseErrorCode(error), message, results: null }
  },
}

function status(code: string): ToFact {
  return (at, data) => ({ kind: 'status', code, at, message: null, recordingStartedAt: data.start_time ?? null })
}

function guideEvent(name: string, toFact: ToFact): EventReader {
  const read = eventReader(guideBody, ({ bot_id, data, timestamp, extra }) => {
    const botId = bot_id ?? data.bot_id ?? ''
    const time = timestamp?.toISOString()
    // Without a time, two webhooks of one name look the same. Only `bot_error`, which ends a run, comes once.
    const businessKey = time ? `${name}:${botId}:${time}` : name === 'bot_error' ? `${name}:${botId}` : null
    const meetingId = meetingIdIn(extra, data.extra)
    return { kind: 'bot', botId, meetingId, businessKey, fact: toFact(timestamp, data) }
  })
  return (body) => {
    const content = read(body)
    const hasNoBot = content.kind === 'bot' && content.botId === ''
    return hasNoBot ? invalid([{ path: ['bot_id'], message: 'expected the id of a bot' }]) : content
  }
}

export const guideEvents: [string, EventReader][] = Object.entries(factsByName).map(([name, toFact]) => [
  name,
  guideEvent(name, toFact),
])
