import type { Delivery } from '@seer/core/log/deliveries/delivery'
import { type ColumnsOf, float, int, text, time, typesOf, uuid } from '../../columns.ts'
import { returns } from '../../statement.ts'

const columns: ColumnsOf<Delivery> = {
  id: uuid('id'),
  endpointId: uuid('endpoint_id'),
  position: float('position'),
  type: text('type'),
  subjectKind: text('subject_kind'),
  subjectId: uuid('subject_id'),
  seq: int('seq'),
  state: text('state'),
  attempts: int('attempts'),
  dueAt: time('due_at'),
  lastStatus: int('last_status'),
  lastProblem: text('last_problem'),
  createdAt: time('created_at'),
  settledAt: time('settled_at'),
}

/** The columns of a delivery under the names of its fields. Positions are bigint, which the driver would return as text. */
export const selectDelivery = Object.entries(columns)
  .map(([field, { name, type }]) => `webhook_deliveries.${name}${type === 'float8' ? '::float8' : ''} AS "${field}"`)
  .join(', ')

export const aDelivery = returns<Delivery>(typesOf(columns))
