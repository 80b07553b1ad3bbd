import type { Clock } from '../../basics/clock.ts'
import { PermanentError, RetryableError } from '../../basics/errors.ts'
import type { SecretCipher } from '../../basics/secret-cipher.ts'
import { LeaseLost } from '../../basics/while-held.ts'
import type { Meeting } from '../../meetings/meeting.ts'
import type { MeetingStore } from '../../meetings/meeting-store.ts'
import { type GradeDeps, gradeDelivery } from '../delivery/grade-delivery.ts'
import type { Storage } from '../storage.ts'
import { contentOf } from '../transcripts/store-transcript.ts'
import type { TranscriptStore } from '../transcripts/transcript-store.ts'
import { type Announcing, announceEnd, announceOrder } from './announce.ts'
import { type HeldOrder, holdOrder } from './held-order.ts'
import { askAgainAt, isTooOld, nextTry } from './next-try.ts'
import { readAnswer } from './read-answer.ts'
import { apiKeyPlace, type SpeechOrder, type SpeechOrderStore } from './speech-orders.ts'
import type { SpeechAnswer, SpeechRequest, SpeechService, SpeechServices } from './speech-service.ts'
import { audibleOf, sourceOf } from './speech-source.ts'

type Deps = GradeDeps &
  Announcing & {
    meetings: Pick<MeetingStore, 'find'>
    transcripts: Pick<TranscriptStore, 'complete' | 'fail' | 'list'>
    speechOrders: Pick<SpeechOrderStore, 'take' | 'renew' | 'release' | 'settle'>
    services: SpeechServices
    storage: Pick<Storage, 'read' | 'sign'>
    cipher: Pick<SecretCipher, 'open'>
    now: Clock
  }

type Context = {
  signal: AbortSignal
  /** Shows on the job how far it has come. */
  progress: (value: Record<string, number>) => void
}

export type RetranscribeOutcome =
  | 'made'
  | 'failed'
  /** The service has begun, or it will be tried again. */
  | 'to_be_continued'
  | 'interrupted'
  | 'lease_lost'
  /** Somebody else is at it, or it is done, or the transcript was removed. */
  | 'nothing_to_do'

/**
 * Makes a transcript that was ordered, by the service of the order. What was current stays current until the new one is
 * complete. While the lease of the order is held, nobody else calls the service for it.
 */
export async function retranscribe(
  deps: Deps,
  { transcriptId }: { transcriptId: string },
  context: Context,
): Promise<RetranscribeOutcome> {
  const held = await holdOrder(deps, transcriptId)
  const meeting = held && (await deps.meetings.find(held.order.meetingId))
  if (!held || !meeting) return 'nothing_to_do'
  await announceOrder(deps, held.order)
  const outcome = await makeOnce(deps, held, meeting, context)
  if (outcome !== 'made' && outcome !== 'failed') return outcome
  // If this job dies here, the next one finds the transcript finished, and goes on from here.
  await gradeDelivery(deps, meeting.id)
  await announceEnd(deps, held.order)
  await deps.speechOrders.settle(transcriptId)
  return outcome
}

async function makeOnce(deps: Deps, held: HeldOrder, meeting: Meeting, context: Context): Promise<RetranscribeOutcome> {
  if (held.order.state !== 'making') return held.order.state === 'complete' ? 'made' : 'failed'
  try {
    const answer = await held.during(context, (call) => ask(deps, held.order, meeting, call))
    if (answer.outcome === 'done') return await complete(deps, held, answer.content)
    const ticket = answer.outcome === 'started' ? answer.ticket : held.order.ticket
    return await wait(deps, held, ticket)
  } catch (error) {
    if (error instanceof LeaseLost) return 'lease_lost'
    const now = deps.now()
    if (context.signal.aborted) {
      await held.release({ dueAt: now, lastProblem: held.order.lastProblem, isCounted: false })
      return 'interrupted'
    }
    const next = nextTry(held.order, error, now)
    if (next.outcome === 'fail') return await fail(deps, held, next)
    return (await held.release(next)) ? 'to_be_continued' : 'lease_lost'
  }
}

type Call = Parameters<SpeechService['transcribe']>[1]

async function ask(deps: Deps, order: SpeechOrder, meeting: Meeting, call: Call): Promise<SpeechAnswer> {
  if (isTooOld(order, deps.now())) throw gaveUp(order)
  const service = deps.services[order.source]
  if (!service) throw new PermanentError('SPEECH_NOT_CONFIGURED')
  const request = await requestOf(deps, order, meeting, service)
  return order.ticket === null
    ? await service.transcribe(request, call)
    : await service.collect(order.ticket, request, call)
}

const gaveUp = ({ lastProblem }: SpeechOrder) =>
  new PermanentError('TRANSCRIPT_GIVEN_UP', lastProblem === null ? {} : { detail: `At last: ${lastProblem}` })

async function requestOf(
  deps: Deps,
  order: SpeechOrder,
  meeting: Meeting,
  { maxBytes }: SpeechService,
): Promise<SpeechRequest> {
  const { id, options, sealedKey, source } = order
  const apiKey = sealedKey === null ? null : deps.cipher.open(sealedKey, apiKeyPlace(id))
  const request = { ...options, apiKey, botId: meeting.meetingBaasId }
  if (source === 'vendor') return { ...request, source: null }
  const audible = audibleOf(await deps.artifacts.of(meeting.id))
  if (!audible) throw new PermanentError('NOTHING_TO_TRANSCRIBE', { detail: 'The recording was deleted meanwhile.' })
  if (maxBytes !== null && (audible.bytes ?? 0) > maxBytes) {
    const detail = `The recording has ${audible.bytes} bytes; this service takes ${maxBytes}.`
    throw new PermanentError('SPEECH_AUDIO_REFUSED', { detail })
  }
  return { ...request, source: sourceOf(deps.storage, audible) }
}

async function complete(deps: Deps, held: HeldOrder, content: unknown): Promise<RetranscribeOutcome> {
  const { id, source, meetingId } = held.order
  const read = await readAnswer(deps, { source, meetingId, content })
  if (read.outcome === 'not_a_transcript') {
    const detail = `The speech service answered with something that is no transcript (${read.reason}).`
    if (read.reason === 'not_json' || read.reason === 'empty') throw new RetryableError('SPEECH_PROTOCOL', { detail })
    throw new PermanentError('SPEECH_PROTOCOL', { detail })
  }
  const completed = await deps.transcripts.complete(id, contentOf(read.transcript), deps.now())
  return completed ? 'made' : 'nothing_to_do'
}

async function wait(deps: Deps, held: HeldOrder, ticket: string | null): Promise<RetranscribeOutcome> {
  const dueAt = askAgainAt(held.order, deps.now())
  const { lastProblem } = held.order
  return (await held.release({ dueAt, lastProblem, ticket, isCounted: true })) ? 'to_be_continued' : 'lease_lost'
}

async function fail(
  deps: Deps,
  held: HeldOrder,
  { code, message }: { code: string; message: string },
): Promise<RetranscribeOutcome> {
  if (!(await held.renew())) return 'lease_lost'
  const why = { code, message: message === code ? null : message }
  await deps.transcripts.fail(held.order.id, why, deps.now())
  return 'failed'
}
