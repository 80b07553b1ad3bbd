/** What a preview of rules takes and shows. */

import type { RulesPreview as CorePreview, PreviewChange } from '@seer/core/planning/rule-changes/compare-plans'
import type { RuleProblem } from '@seer/core/rules/check-rules'
import { RecordingRules } from '@seer/core/rules/rules'
import { z } from 'zod'
import { Code, Decision, toDecision } from './decision-schema.ts'

export const PreviewOrder = z
  .strictObject({
    rules: RecordingRules,
    days: z.int().min(1).max(30).default(30).meta({ description: 'How many days ahead to look.' }),
    examples: z
      .int()
      .min(0)
      .max(100)
      .default(10)
      .meta({ description: 'How many examples to show of each kind of change.' }),
  })
  .meta({ id: 'PreviewOrder', example: { rules: { enabled: true, record: 'external' }, days: 30 } })

const recorded = {
  meetings: z.int().meta({ description: 'How many meetings. An event that is in several calendars counts once.' }),
  hours: z.number(),
}
const Recorded = z.object(recorded).meta({ id: 'Recorded' })

const Example = z
  .object({
    id: z.string().meta({ description: 'The event’s `id`.' }),
    title: z.string(),
    startTime: z.iso.datetime(),
    before: Decision,
    after: Decision,
  })
  .meta({ id: 'PreviewExample' })

const Changed = z
  .object({
    ...recorded,
    events: z.int(),
    examples: z.array(Example).meta({ description: 'Those that start earliest.' }),
  })
  .meta({ id: 'PreviewChange' })

export const RulesPreview = z
  .object({
    problems: z.array(z.object({ path: z.string(), message: z.string() })).meta({
      description: 'What cannot work in these rules. Rules with problems cannot be stored.',
    }),
    events: z.int().meta({ description: 'How many events Seer looked at.' }),
    current: Recorded.meta({ description: 'What your current rules record.' }),
    proposed: Recorded.meta({ description: 'What the proposed rules would record.' }),
    added: Changed.meta({ description: 'What only the proposed rules record.' }),
    removed: Changed.meta({ description: 'What only the current rules record.' }),
    unchanged: z
      .object({ recorded: z.int(), notRecorded: z.int() })
      .meta({ description: 'How many events are decided as before.' }),
    reasons: z.partialRecord(Code, z.int()).meta({
      description: 'How many events each reason decides under the proposed rules.',
    }),
  })
  .meta({ id: 'RulesPreview' })
export type RulesPreview = z.output<typeof RulesPreview>

export function toPreview(preview: CorePreview, problems: RuleProblem[]): RulesPreview {
  const { events, current, proposed, added, removed, unchanged, reasons } = preview
  return {
    problems,
    events,
    current,
    proposed,
    added: toChanged(added),
    removed: toChanged(removed),
    unchanged,
    reasons,
  }
}

function toChanged({ meetings, hours, events, examples }: CorePreview['added']): z.output<typeof Changed> {
  return { meetings, hours, events, examples: examples.map(toExample) }
}

function toExample({ event, before, after }: PreviewChange): z.output<typeof Example> {
  const { id, title, startTime } = event
  return { id, title, startTime: startTime.toISOString(), before: toDecision(before), after: toDecision(after) }
}
