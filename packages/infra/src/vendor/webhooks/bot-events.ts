/** Webhooks about bots of API v2, and `bot.status_change` of v1, which has the same shape. */
import type { StatusFact } from '@seer/core/vendor/facts'
import { z } from 'zod'
import { resultFields, toResults } from '../v2/results.ts'
import { botIdField, instantOrNull, prose, proseOrNull, statusCode, token } from '../wire/fields.ts'
import { botEvent, type EventReader, eventReader, meetingIdOf } from './event-reader.ts'

const status = z.object({
  code: statusCode,
  created_at: instantOrNull,
  start_time: instantOrNull,
  error_message: proseOrNull(2_000),
  /** Both come with `retrying`. */
  attempt: z.number().nullish().catch(null),
  max: z.number().nullish().catch(null),
})

const statusChange = eventReader(botEvent({ bot_id: botIdField, status }), (body) => {
  const { bot_id: botId, status } = body.data
  const { code, created_at: at, start_time: recordingStartedAt } = status
  const fact: StatusFact = { kind: 'status', code, at, message: messageOf(status), recordingStartedAt }
  const businessKey = at && `bot.status_change:${botId}:${code}:${at.toISOString()}`
  return { kind: 'bot', botId, meetingId: meetingIdOf(body), businessKey, fact }
})

function messageOf({ error_message, attempt, max }: z.output<typeof status>): string | null {
  if (error_message !== null || attempt == null) return error_message
  return max == null ? `Attempt ${attempt}.` : `Attempt ${attempt} of ${max}.`
}

const completed = eventReader(botEvent({ bot_id: botIdField, sent_at: instantOrNull, ...resultFields }), (body) => {
  const { bot_id: botId, sent_at: at, ...fields } = body.data
  const fact = { kind: 'completed' as const, at, ...toResults(fields, at) }
  // A repeated webhook may carry what the first one lacked, so nothing says that two are the same.
  return { kind: 'bot', botId, meetingId: meetingIdOf(body), businessKey: null, fact }
})

const failedFields = {
  bot_id: botIdField,
  error_code: token(200).nullish(),
  error_message: proseOrNull(2_000),
  sent_at: instantOrNull,
}

const failed = eventReader(botEvent(failedFields), (body) => {
  const { bot_id: botId, error_code, error_message: message, sent_at: at } = body.data
  const fact = { kind: 'failed' as const, at, code: error_code ?? 'UNKNOWN_ERROR', message, results: null }
  return { kind: 'bot', botId, meetingId: meetingIdOf(body), businessKey: `bot.failed:${botId}`, fact }
})

const chatFields = {
  bot_id: botIdField,
  message_id: token(500),
  sender_name: proseOrNull(255),
  text: prose(5_000),
  sent_at: instantOrNull,
}

const chatMessage = eventReader(botEvent(chatFields), (body) => {
  const { bot_id: botId, message_id: messageId, sender_name, text, sent_at: at } = body.data
  const fact = { kind: 'chat_message' as const, at, messageId, sender: sender_name ?? '', text }
  return {
    kind: 'bot',
    botId,
    meetingId: meetingIdOf(body),
    businessKey: `bot.chat_message:${botId}:${messageId}`,
    fact,
  }
})

export const botEvents: [string, EventReader][] = [
  ['bot.status_change', statusChange],
  ['bot.completed', completed],
  ['bot.failed', failed],
  ['bot.chat_message', chatMessage],
]
