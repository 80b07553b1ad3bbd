import { type BotOrder, type RequestBotOutcome, requestBot } from '../meetings/bots/request-bot.ts'
import { answersKeptMs } from './idempotency-keys.ts'

type Deps = Parameters<typeof requestBot>[0] & {
  newId: () => string
  /** Returns the same id for the same two texts. */
  idFrom: (userId: string, key: string) => string
}

type Order = Omit<BotOrder, 'meetingId'> & {
  /** Chosen by the caller. */
  meetingId: string | undefined
  /** The idempotency key of the request. */
  key: string | undefined
}

/**
 * Takes an order for a bot once, however often it is sent with one idempotency key. If the caller chose no id, one is
 * made from the key. Then, if the process dies between the claim and the answer, a repetition finds the meeting and
 * does not make a second one.
 */
export async function requestBotOnce(deps: Deps, { meetingId, key, ...order }: Order): Promise<RequestBotOutcome> {
  const ask = (id: string) => requestBot(deps, { ...order, meetingId: id })
  if (meetingId !== undefined || key === undefined) return await ask(meetingId ?? deps.newId())
  const result = await ask(deps.idFrom(order.userId, key))
  // The key was used for an earlier request, whose answer is no longer kept. So this is a new order.
  return isForgotten(result, deps.now()) ? await ask(deps.newId()) : result
}

function isForgotten(result: RequestBotOutcome, now: Date): boolean {
  if (result.outcome === 'id_conflict') return true
  return result.outcome === 'existing' && result.meeting.createdAt.getTime() <= now.getTime() - answersKeptMs
}
