/** SQL that computes the result of a sync. `c` is the calendar's row, `ended` the sync. */
import type { SyncCounts } from '@seer/core/calendars/integration'

/** Whether a request waits that came after this sync began. */
const isAwaited = 'c.sync_requested > greatest(c.sync_served, ended.served)'
const carried = `c.sync_result->'carried'`
const of = (counts: string, name: keyof SyncCounts) => `(${counts}->>'${name}')::int`
const sum = (name: keyof SyncCounts) => `'${name}', ${of(carried, name)} + ${of('ended.result', name)}`

/**
 * The counts of this sync and the carried ones. A carried event is unchanged for this sync, so it is not counted twice.
 */
const total = `CASE WHEN ${carried} IS NULL THEN ended.result ELSE jsonb_build_object(
  ${(['created', 'updated', 'cancelled', 'pages', 'detailReads'] as const).map(sum).join(', ')},
  'unchanged', greatest(0, ${of('ended.result', 'unchanged')} - ${of(carried, 'created')} - ${of(carried, 'updated')})) END`

/**
 * While a request waits, the counts since then are carried on. If this sync served another request, its counts are all.
 */
export const nextResult = `CASE WHEN ${isAwaited} THEN ${total} || jsonb_build_object(
    'carried', CASE WHEN ended.served > c.sync_served THEN ended.result ELSE ${total} END)
  ELSE ${total} END`
/** The same after a failure, which has no counts. */
export const resultWhenServed = `CASE WHEN ${isAwaited} THEN c.sync_result ELSE c.sync_result - 'carried' END`
