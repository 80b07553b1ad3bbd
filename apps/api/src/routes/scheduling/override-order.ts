/** What the user wants for one event or its series, whatever the rules say. */

import { type OverrideOrder as CoreOrder, overrideRecording } from '@seer/core/planning/overrides/override-recording'
import { overrideValues, type Reason, reasonCodes } from '@seer/core/rules/decision'
import { CustomBotConfig } from '@seer/core/vendor/bot-config'
import { planningDeps } from '@seer/infra/planning-deps'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { callerOf } from '../../access/authentication.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import type { CalendarEventWithDescription } from '../calendars/events/event-schema.ts'
import { eventNotFound } from '../calendars/events/find-event.ts'
import { showEvent } from '../calendars/events/show-events.ts'

const allOccurrences = z.boolean().default(false).meta({
  description: 'True: for the whole series. A single event that you have overridden before keeps its own override.',
})

const botFields = {
  customBotName: z
    .string()
    .trim()
    .min(1)
    .max(255)
    .optional()
    .meta({ description: 'The name under which the bot joins.', examples: ['Acme Notetaker'] }),
  customBotConfig: CustomBotConfig.optional().meta({
    description:
      'How the bot behaves. What you leave out is as in the `bot` of your rules, and otherwise as in the defaults of this installation. Fields may also be written with underscores, such as `recording_mode`.',
    examples: [{ recordingMode: 'gallery_view' }],
  }),
}

export const RecordingOrder = z
  .strictObject({ allOccurrences, ...botFields })
  .meta({ id: 'RecordingOrder', example: { allOccurrences: false } })

export const OverrideOrder = z
  .strictObject({
    value: z.enum(overrideValues).meta({ description: '`inherit` takes back what you said before.' }),
    allOccurrences,
    ...botFields,
  })
  .superRefine((order, context) => {
    if (order.value === 'record') return
    for (const field of ['customBotName', 'customBotConfig'] as const) {
      if (order[field] !== undefined) {
        context.addIssue({ code: 'custom', path: [field], message: 'is only allowed when value is record' })
      }
    }
  })
  .meta({ id: 'OverrideOrder', example: { value: 'record', allOccurrences: false } })
type OverrideOrder = Omit<z.output<typeof OverrideOrder>, 'customBotName' | 'customBotConfig'> &
  Partial<Pick<z.output<typeof OverrideOrder>, 'customBotName' | 'customBotConfig'>>

/**
 * Carries an order out for the caller; @returns the event as it then is.
 * @throws Problem NOT_FOUND, EVENT_NOT_RECORDABLE
 */
export async function override(
  deps: ApiDeps,
  request: FastifyRequest,
  eventId: string,
  order: OverrideOrder,
): Promise<CalendarEventWithDescription> {
  const { userId } = callerOf(request)
  const { value, allOccurrences } = order
  const wanted = { userId, eventId, value, allOccurrences, bot: botOf(order) }
  const result = await overrideRecording(planningDeps(deps), wanted)
  if (result.outcome === 'not_found') throw eventNotFound()
  if (result.outcome === 'impossible') {
    throw new Problem('EVENT_NOT_RECORDABLE', { detail: sentenceOf(result.reason) })
  }
  return await showEvent(deps, userId, result.event)
}

/** The reason's sentence with the detail found, such as the host of a link. */
function sentenceOf({ code, detail }: Reason): string {
  const sentence = reasonCodes[code]
  return detail === undefined ? sentence : `${sentence} (${detail})`
}

function botOf({ customBotName, customBotConfig }: OverrideOrder): CoreOrder['bot'] {
  if (customBotName === undefined && customBotConfig === undefined) return null
  return { customBotName: customBotName ?? null, customBotConfig: customBotConfig ?? {} }
}
