import { type OrderTranscriptOutcome, orderTranscript } from '@seer/core/recordings/speech/order-transcript'
import { transcriptSources } from '@seer/core/recordings/transcripts/transcript'
import { camelKeys } from '@seer/core/vendor/camel-keys'
import { z } from 'zod'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { BotParams } from '../bots/bot-schema.ts'
import { findRecordedBot } from '../bots/find-recorded-bot.ts'
import {
  hasUrlForSecret,
  hasWebhookUrl,
  prepareWebhookUrl,
  urlForSecret,
  webhookAnswerFields,
  webhookUrlFields,
} from '../endpoints/webhook-url.ts'
import { TranscriptVersion, toVersion } from './transcript-schema.ts'

const SpeechToText = z
  .strictObject({
    provider: z.enum(transcriptSources).optional().meta({
      description:
        '`vendor` for Meeting BaaS, `deepgram`, or `openai` for the server with OpenAI’s API that this installation uses. Without it: the first of `deepgram`, `openai` and `vendor` that is configured.',
    }),
    apiKey: z
      .string()
      .trim()
      .min(1)
      .max(500)
      .regex(/^[\x21-\x7e]+$/, 'must have visible ASCII characters only')
      .optional()
      .meta({
        description:
          'Your own key at the speech service. It is kept encrypted until the transcript is made or has failed, and nobody can read it. Without it, the key of this installation is used.',
      }),
    language: z
      .string()
      .regex(/^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8}){0,3}$/, 'must be a language tag such as en or pt-BR')
      .optional()
      .meta({ description: 'What is spoken. Without it, the service finds out.', examples: ['en'] }),
    model: z
      .string()
      .regex(/^[\w./:-]{1,200}$/, 'must be the name of a model')
      .optional()
      .meta({ description: 'A model of the speech service, such as `nova-3`.' }),
  })
  .refine(({ provider, apiKey }) => provider !== undefined || apiKey === undefined, {
    path: ['provider'],
    message: 'must say whose key apiKey is',
  })
  .superRefine(({ provider, language, model }, context) => {
    if (provider !== 'vendor') return
    for (const [name, value] of Object.entries({ language, model })) {
      const message = 'cannot be chosen with provider vendor, because Meeting BaaS takes no such choice'
      if (value !== undefined) context.addIssue({ code: 'custom', path: [name], message })
    }
  })

const RetranscribeFields = z
  .strictObject({ speechToText: SpeechToText.optional(), ...webhookUrlFields })
  .refine(hasUrlForSecret, urlForSecret)

const OrderedTranscript = TranscriptVersion.extend(webhookAnswerFields).meta({ id: 'OrderedTranscript' })

/** What tells how far a transcript is. */
const transcriptEvents = ['transcript_*', 'transcription_failed']

/** Both spellings, because the guide uses one for bodies and the other for the configuration of bots. */
const RetranscribeOrder = z
  .preprocess((body, context) => camelKeys(body ?? {}, context), RetranscribeFields)
  .meta({ id: 'RetranscribeOrder', example: { speechToText: { provider: 'deepgram', language: 'en' } } })

export function retranscribeRoute(app: ApiScope, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    url: `${apiPrefix}/bots/:botId/retranscribe`,
    config: { access: 'write', tellsSecret: hasWebhookUrl },
    schema: {
      tags: ['Transcripts'],
      summary: 'Make a transcript again',
      description:
        'Answers as soon as the order is stored, with the version that will be made. The current transcript stays current until that one is complete. `GET …/transcripts` shows how far it is, and why it failed if it did. [The page on recordings](/docs/recordings) says more. Fields may also be written with underscores, such as `speech_to_text`.\n\nWith a `webhookUrl`, the events `transcript_*` and `transcription_failed` of the bot are sent there from now on.',
      params: BotParams,
      body: RetranscribeOrder,
      response: answers({ 202: dataOf(OrderedTranscript, 'The order is stored, and the transcript will be made.') }),
    },
    handler: async (request, reply) => {
      const { speechToText = {}, ...webhookFields } = request.body
      const { userId } = callerOf(request)
      const { meeting } = await findRecordedBot(deps, request, request.params.botId)
      const { provider = null, apiKey = null, language = null, model = null } = speechToText
      const wish = { source: provider, apiKey, language, model, requestedBy: userId }
      const watch = await prepareWebhookUrl(deps, webhookFields, { userId, events: transcriptEvents })
      const transcript = transcriptOf(await orderTranscript(toCore(deps), meeting, wish))
      const webhook = await watch(meeting.id)
      return reply
        .code(202)
        .header('location', `${apiPrefix}/bots/${meeting.id}/transcript?version=${transcript.version}`)
        .send({ data: { ...toVersion(transcript), ...webhook } })
    },
  })
}

function toCore({ db, options, cipher, queue, newId, now }: ApiDeps) {
  const { artifacts, speechOrders } = db
  return { artifacts, speechOrders, offers: options.speechOffers, cipher, queue, newId, now }
}

const nothing = {
  meeting_goes_on: 'The bot has not ended yet.',
  not_stored_yet: 'The recording is not stored yet; GET …/recordings shows how far that is.',
  not_recorded: 'There is no audio and no video of this bot, or not any more.',
  deleted: 'The transcripts of this bot were deleted, so none is made again.',
}

const missing = {
  not_configured: 'Its operator must set TRANSCRIPTION_URL.',
  needs_key: 'Send your own key as speechToText.apiKey, or ask its operator to set DEEPGRAM_API_KEY.',
  cannot_keep_keys: 'Your own key could only be kept encrypted, and its operator has not set ENCRYPTION_KEYS.',
}

/** @throws Problem for an order that was not taken */
function transcriptOf(result: OrderTranscriptOutcome) {
  switch (result.outcome) {
    case 'ordered':
      return result.transcript
    case 'being_made': {
      const detail = `Version ${result.transcript.version} is being made. Wait until it is complete or has failed.`
      throw new Problem('TRANSCRIPT_BEING_MADE', { detail, headers: { 'retry-after': '30' } })
    }
    case 'nothing_to_transcribe': {
      const isLater = result.because !== 'not_recorded' && result.because !== 'deleted'
      const headers: Record<string, string> = isLater ? { 'retry-after': '60' } : {}
      throw new Problem('NOTHING_TO_TRANSCRIBE', { detail: nothing[result.because], headers })
    }
    case 'not_offered': {
      const detail = `This installation cannot use the speech service ${result.source}. ${missing[result.because]}`
      throw new Problem('SPEECH_NOT_CONFIGURED', { detail })
    }
    case 'no_meeting':
      throw new Problem('NOT_FOUND')
  }
}
