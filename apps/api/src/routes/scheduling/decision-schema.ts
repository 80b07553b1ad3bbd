/** Decisions on recordings as the API shows them. */

import type { StoredDecision } from '@seer/core/planning/scheduling-store'
import { datedDecisionJson, decisionJson } from '@seer/core/planning/views/event-json'
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
  description:
    'For programs: a code never changes its meaning. [The list of reasons](/docs/rules) has a sentence for each.',
})

const Reason = z
  .object({
    code: Code,
    message: z.string().meta({ description: 'One sentence for people.' }),
    rule: z.string().optional().meta({ description: 'The field of your rules that this reason comes from.' }),
    detail: z
      .string()
      .optional()
      .meta({ description: 'What was found, for example the keyword, the address or the number.' }),
  })
  .meta({ id: 'Reason' })

export const Decision = z
  .object({
    willRecord: z.boolean(),
    by: z.enum(deciders).meta({
      description:
        'What decided: facts about the event, a bot that you ordered by hand, the limit of the plan, an override, or the rules.',
    }),
    winner: Code,
    message: z.string().meta({ description: 'The sentence of the reason that decided.' }),
    reasons: z.array(Reason).meta({ description: 'All reasons that had a say. The first one decided.' }),
    sharedWith: z
      .union([z.object({ meetingId: z.string() }), z.object({ eventId: z.string() })])
      .nullable()
      .meta({
        description:
          'Set when the event will be recorded without a bot of its own. `meetingId` is the `id` of the bot that records it, `eventId` the `id` of the event whose bot does.',
      }),
  })
  .meta({ id: 'Decision' })
export type Decision = z.output<typeof Decision>

export const DatedDecision = Decision.extend({ decidedAt: z.iso.datetime() }).meta({ id: 'DatedDecision' })
export type DatedDecision = z.output<typeof DatedDecision>

const Override = z.enum(overrideValues)

export const Overrides = z
  .object({
    event: Override.meta({
      description: 'What you want for this event. It counts before what you want for the series.',
    }),
    series: Override,
  })
  .meta({
    id: 'Overrides',
    description: 'What you want, whatever the rules say. `inherit` means that the rules decide.',
  })

export const toDecision = (decision: CoreDecision): Decision => decisionJson(decision)
export const toDatedDecision = (stored: StoredDecision): DatedDecision => datedDecisionJson(stored)
