import type { Clock } from '../../basics/clock.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import { jobOf, type NewSpeechOrder, type OrderOutcome, type SpeechOrderStore } from './speech-orders.ts'

export type PlaceDeps = {
  speechOrders: Pick<SpeechOrderStore, 'order'>
  queue: Pick<JobQueue, 'wake'>
  now: Clock
}

type Order = Omit<NewSpeechOrder, 'sourceKey' | 'createdAt'>

/**
 * Writes an order, and starts its job.
 * @param isFirst whether it is wanted only for a meeting without any version
 */
export async function placeOrder(
  { speechOrders, queue, now }: PlaceDeps,
  order: Order,
  { isFirst }: { isFirst: boolean },
): Promise<OrderOutcome> {
  const ordered = await speechOrders.order({ ...order, sourceKey: `order ${order.id}`, createdAt: now() }, isFirst)
  if (ordered.outcome === 'ordered') await queue.wake([jobOf(order.id)])
  return ordered
}
