/** Decisions on recordings as the API shows them. */

import type { StoredDecision } from '@seer/core/planning/scheduling-store'
import {
  type Decision as CoreDecision,
  type DecidedBy,
  overrideValues,
  type ReasonCode,
  reasonCodes,
} from '@seer/core/rules/decision'
import { z } from 'zod'

const deciders = ['event', 'manual', 'capacity', 'override_event', 'override_series', 'rules'] as const
deciders satisfies readonly DecidedBy[]

export const Code = z.enum(Object.keys(reasonCodes) as [ReasonCode, ...ReasonCode[]]).meta({
  id: 'ReasonCode',
  description: 'Stable; for programs. [All reasons](/docs/rules) are listed with their sentences.',
})

const Reason = z
  .object({
    code: Code,
    message: z.string().meta({ description: 'One sentence for people.' }),
    rule: z.string().optional().meta({ description: 'The field of the rules that asks for it.' }),
    detail: z.string().optional().meta({ description: 'What was found: the keyword, the address, the number.' }),
  })
  .meta({ id: 'Reason' })

export const Decision = z
  .object({
    willRecord: z.boolean(),
    by: z.enum(deciders).meta({
      description:
        'Whose word counted: the event’s own facts, a bot that you ordered, the plan’s limit, an override, or the rules.',
    }),
    winner: Code,
    message: z.string().meta({ description: 'The sentence of the winner.' }),
    reasons: z.array(Reason).meta({ description: 'All that had a say, the winner first.' }),
    sharedWith: z
      .union([z.object({ meetingId: z.string() }), z.object({ eventId: z.string() })])
      .nullable()
      .meta({
        description:
          'Set when it will be recorded without a bot of its own: the `id` of the bot that records it, or of the event whose bot does.',
      }),
  })
  .meta({ id: 'Decision' })
export type Decision = z.output<typeof Decision>

export const DatedDecision = Decision.extend({ decidedAt: z.iso.datetime() }).meta({ id: 'DatedDecision' })
export type DatedDecision = z.output<typeof DatedDecision>

const Override = z.enum(overrideValues)

export const Overrides = z
  .object({
    event: Override.meta({ description: 'For this event; counts before that for the series.' }),
    series: Override,
  })
  .meta({ id: 'Overrides', description: 'What you want whatever the rules say; `inherit`: as the rules say.' })

export function toDecision({ willRecord, by, winner, reasons, sharedWith }: CoreDecision): Decision {
  return {
    willRecord,
    by,
    winner,
    message: reasonCodes[winner],
    reasons: reasons.map(({ code, rule, detail }) => ({ code, message: reasonCodes[code], rule, detail })),
    sharedWith,
  }
}

export function toDatedDecision({ decision, decidedAt }: StoredDecision): DatedDecision {
  return { ...toDecision(decision), decidedAt: decidedAt.toISOString() }
}
