/** SQL that makes the result of a sync: `c` is the calendar as it stands, `ended` the sync. */
import type { SyncCounts } from '@seer/core/calendars/integration'

/** A request waits that this sync began too early to serve. */
const isAwaited = 'c.sync_requested > greatest(c.sync_served, ended.served)'
const carried = `c.sync_result->'carried'`
const of = (counts: string, name: keyof SyncCounts) => `(${counts}->>'${name}')::int`
const sum = (name: keyof SyncCounts) => `'${name}', ${of(carried, name)} + ${of('ended.result', name)}`

/** What this sync found, with what was carried to it. An event that was carried is unchanged to this sync, and not to both. */
const total = `CASE WHEN ${carried} IS NULL THEN ended.result ELSE jsonb_build_object(
  ${(['created', 'updated', 'cancelled', 'pages', 'detailReads'] as const).map(sum).join(', ')},
  'unchanged', greatest(0, ${of('ended.result', 'unchanged')} - ${of(carried, 'created')} - ${of(carried, 'updated')})) END`

/** While a request waits, what was found since it is carried on. Had this sync served another, it is all of it. */
export const nextResult = `CASE WHEN ${isAwaited} THEN ${total} || jsonb_build_object(
    'carried', CASE WHEN ended.served > c.sync_served THEN ended.result ELSE ${total} END)
  ELSE ${total} END`
/** The same after a failure, which has found nothing. */
export const resultWhenServed = `CASE WHEN ${isAwaited} THEN c.sync_result ELSE c.sync_result - 'carried' END`
