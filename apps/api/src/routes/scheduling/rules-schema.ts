/** The recording rules as the API takes and shows them. */

import type { StoredRules as CoreStoredRules } from '@seer/core/planning/scheduling-store'
import { RecordingRules } from '@seer/core/rules/rules'
import { z } from 'zod'

/** Bytes. The longest rules that fit the schema, every list full of long texts, are a little shorter. */
export const largestRules = 262_144

export const StoredRules = RecordingRules.extend({
  version: z.int().meta({
    description: 'Every change raises it; it is 0 as long as you have set no rules. The `ETag` has the same number.',
  }),
  updatedAt: z.iso.datetime().nullable(),
}).meta({ id: 'StoredRules' })
export type StoredRules = z.output<typeof StoredRules>

export function toStoredRules({ rules, version, updatedAt }: CoreStoredRules): StoredRules {
  return { ...rules, version, updatedAt: updatedAt?.toISOString() ?? null }
}

export const etagOf = ({ version }: Pick<CoreStoredRules, 'version'>): string => `"${version}"`
