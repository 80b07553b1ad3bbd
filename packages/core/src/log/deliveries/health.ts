import { waitAsLongAsOwed } from '../../basics/backoff.ts'
import { longestWaitMs } from './schedule.ts'
import { isSuccess, type WebhookAnswer } from './webhook-sender.ts'

/** How an endpoint has been doing. */
export type Health = {
  /** How many attempts have failed since the last success. */
  failures: number
  /** When the first of them failed. */
  firstFailureAt: Date | null
  lastFailureAt: Date | null
  lastSuccessAt: Date | null
  /** How much of the way to being disabled was announced last, in percent; 0 when nothing was. */
  warnedPercent: number
  /** Nothing is sent before. */
  retryAt: Date | null
}

export const soundHealth: Health = {
  failures: 0,
  firstFailureAt: null,
  lastFailureAt: null,
  lastSuccessAt: null,
  warnedPercent: 0,
  retryAt: null,
}

const hourMs = 3_600_000

/** An endpoint that has failed for so long is disabled. */
export const disabledAfterMs = 120 * hourMs
/** But two failures are less than that when they lie so close together. */
const apartMs = 12 * hourMs
/** Failures that lie further apart than this have nothing to do with each other. */
const togetherMs = disabledAfterMs
const announced = [50, 70, 90]

/** While an endpoint fails, one delivery at a time is tried, after waits that grow like this. */
const probes = { firstMs: 4_000, mostMs: 5 * 60_000 }

/** What follows from attempts, besides the next health. */
export type HealthVerdict = {
  /** Announce that it has failed for so much of the way to being disabled. */
  warn: number | null
  disable: 'failing' | 'gone' | null
  /** It had been announced as failing, and works again. */
  isBack: boolean
}

/** An attempt and when it ended. */
type Ended = { at: Date; answer: Pick<WebhookAnswer, 'status' | 'problem' | 'retryAfterMs'> }

/** The health after one attempt. */
export function afterAttempt(before: Health, { at, answer }: Ended): { health: Health } & HealthVerdict {
  if (isSuccess(answer)) {
    const health = { ...soundHealth, lastFailureAt: before.lastFailureAt, lastSuccessAt: at }
    return { health, warn: null, disable: null, isBack: before.warnedPercent > 0 }
  }
  const health = afterFailure(before, at, answer.retryAfterMs)
  // Source: spec/standard-webhooks.md, "Delivery success and failure": 410 means that nobody wants webhooks here any more.
  if (answer.status === 410) return { health, warn: null, disable: 'gone', isBack: false }
  const percent = percentOfWay(health, at)
  if (percent >= 100) return { health, warn: null, disable: 'failing', isBack: false }
  const warn = announced.findLast((step) => step <= percent && step > before.warnedPercent) ?? null
  return { health: { ...health, warnedPercent: warn ?? health.warnedPercent }, warn, disable: null, isBack: false }
}

function afterFailure(before: Health, at: Date, retryAfterMs: number | null): Health {
  const isApart = before.lastFailureAt !== null && at.getTime() - before.lastFailureAt.getTime() > togetherMs
  const began = before.failures === 0 || isApart ? null : before.firstFailureAt
  const firstFailureAt = began ?? at
  const wait = waitAsLongAsOwed(firstFailureAt, at, probes)
  const asked = Math.min(retryAfterMs ?? 0, longestWaitMs)
  return {
    failures: began ? before.failures + 1 : 1,
    firstFailureAt,
    lastFailureAt: at,
    lastSuccessAt: before.lastSuccessAt,
    warnedPercent: began ? before.warnedPercent : 0,
    retryAt: new Date(at.getTime() + Math.max(wait, asked)),
  }
}

function percentOfWay({ failures, firstFailureAt }: Health, at: Date): number {
  const failedForMs = at.getTime() - (firstFailureAt ?? at).getTime()
  if (failures < 2 || failedForMs < apartMs) return 0
  return (failedForMs / disabledAfterMs) * 100
}

/** The health of an endpoint that somebody has enabled again. */
export function afterEnabling({ lastSuccessAt, lastFailureAt }: Health): Health {
  return { ...soundHealth, lastSuccessAt, lastFailureAt }
}

/** How many deliveries may be sent to it at once. */
export function deliveriesAtOnce({ failures }: Pick<Health, 'failures'>): number {
  return failures > 0 ? 1 : atOnce
}
const atOnce = 10
