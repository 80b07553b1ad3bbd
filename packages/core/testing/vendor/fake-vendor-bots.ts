import { randomUUID } from 'node:crypto'
import type { Clock } from '../../src/basics/clock.ts'
import type { ErrorCode } from '../../src/basics/error-codes.ts'
import { PermanentError } from '../../src/basics/errors.ts'
import type { Artifacts, CompletedFact, Fact, FailedFact, StatusFact } from '../../src/vendor/facts.ts'
import type { BotRequest, Page, VendorBot, VendorBots } from '../../src/vendor/vendor-bots.ts'

type Method = keyof VendorBots

/** The fake vendor's record of a bot. `status` is `scheduled` until the bot starts. */
export type FakeBot = {
  readonly botId: string
  /** The request that created the bot, or the last change of its booking. */
  request: BotRequest
  readonly createdAt: Date
  status: string
  statusAt: Date
  /** How the run ended; null while it goes on. */
  end: CompletedFact | FailedFact | null
}

/** A VendorBots in memory that the test controls. It passes the same contract suite as the real adapter. */
export type FakeVendorBots = VendorBots & {
  /** All bots ever made, oldest first. */
  readonly bots: readonly FakeBot[]
  /** All calls so far, failed ones included. */
  readonly calls: readonly Method[]
  /**
   * Makes the next call of a method fail. `after`: the call is carried out before, as when its answer gets lost.
   * Several failures of one method queue up.
   */
  failNext(method: Method, error: Error, when?: 'before' | 'after'): void
  /** From now on refuses every creation for which `refusal` returns an error. */
  refuseCreates(refusal: (request: BotRequest) => Error | null): void
  /** Cancels the failures that have not happened yet. */
  failNothing(): void
  setStatus(botId: string, code: string): void
  endWith(botId: string, end: CompletedFact | FailedFact): void
  /** Makes the vendor lose every trace of the bot. */
  forget(botId: string): void
}

const pageSize = 250
/** The vendor refuses changes of a booking in these last minutes (openapi-v2.json, updateScheduledBot). */
const editLockMs = 4 * 60_000
const ended = ['completed', 'failed', 'cancelled']
const recording = ['in_call_recording', 'recording_paused', 'recording_resumed']

export function fakeVendorBots(options: { now: Clock }): FakeVendorBots {
  const { now } = options
  const bots: FakeBot[] = []
  const calls: Method[] = []
  const failures: { method: Method; error: Error; when: 'before' | 'after' }[] = []

  let refuseCreate: (request: BotRequest) => Error | null = () => null

  async function call<T>(method: Method, work: () => T): Promise<T> {
    calls.push(method)
    const index = failures.findIndex((failure) => failure.method === method)
    const [failure] = index === -1 ? [] : failures.splice(index, 1)
    if (failure?.when === 'before') throw failure.error
    const result = work()
    if (failure) throw failure.error
    return result
  }

  function find(botId: string): FakeBot {
    const bot = bots.find((candidate) => candidate.botId === botId)
    if (!bot) throw refusal('VENDOR_BOT_NOT_FOUND', 404)
    return bot
  }

  function findSent(botId: string): FakeBot {
    const bot = find(botId)
    if (isBooking(bot)) throw refusal('VENDOR_BOT_NOT_FOUND', 404)
    return bot
  }

  function setStatus(bot: FakeBot, status: string): void {
    bot.status = status
    bot.statusAt = now()
  }

  function endWith(bot: FakeBot, end: CompletedFact | FailedFact): void {
    setStatus(bot, end.kind)
    bot.end = end
  }

  function leave(bot: FakeBot): void {
    if (ended.includes(bot.status)) throw refusal('VENDOR_CONFLICT', 409)
    if (bot.status === 'scheduled') setStatus(bot, 'cancelled')
    else endWith(bot, recording.includes(bot.status) ? completedNow(now()) : leftEarly)
  }

  const isLocked = (joinAt: Date) => joinAt.getTime() - now().getTime() < editLockMs

  function update(bot: FakeBot, request: BotRequest): void {
    if (request.joinAt === null) throw new Error('A booked bot needs a time to join at.')
    if (bot.request.joinAt === null) throw refusal('VENDOR_BOT_NOT_FOUND', 404)
    if (bot.status !== 'scheduled' || isLocked(bot.request.joinAt)) throw refusal('VENDOR_CONFLICT', 409)
    if (isLocked(request.joinAt)) throw refusal('VENDOR_REJECTED', 400)
    bot.request = structuredClone(request)
  }

  return {
    bots,
    calls,
    failNext: (method, error, when = 'before') => void failures.push({ method, error, when }),
    refuseCreates: (refusal) => {
      refuseCreate = refusal
    },
    failNothing: () => void failures.splice(0),
    setStatus: (botId, code) => setStatus(find(botId), code),
    endWith: (botId, end) => endWith(find(botId), end),
    forget: (botId) => void bots.splice(bots.indexOf(find(botId)), 1),

    createBot: (request) =>
      call('createBot', () => {
        const refused = refuseCreate(request)
        if (refused) throw refused
        const status = request.joinAt ? 'scheduled' : 'queued'
        const times = { createdAt: now(), statusAt: now() }
        const bot: FakeBot = { botId: randomUUID(), request: structuredClone(request), status, end: null, ...times }
        bots.push(bot)
        return { botId: bot.botId }
      }),
    findBots: (meetingId) =>
      call('findBots', () => bots.filter(({ request }) => request.meetingId === meetingId).map(toListed)),
    listActiveBots: (cursor) =>
      call('listActiveBots', () => {
        const active = bots.filter((bot) => !isBooking(bot) && !ended.includes(bot.status))
        return toPage(active.reverse(), cursor)
      }),
    listBotsSince: (since, cursor) =>
      call('listBotsSince', () => {
        const sent = bots.filter((bot) => !isBooking(bot) && bot.createdAt >= since)
        return toPage(sent.reverse(), cursor)
      }),
    getBot: (botId) => call('getBot', () => toFact(find(botId))),
    getBotStatus: (botId) =>
      call('getBotStatus', () => {
        const { status, statusAt } = findSent(botId)
        return { ...toStatus(status), notedAt: statusAt }
      }),
    leaveBot: (botId) => call('leaveBot', () => leave(find(botId))),
    updateScheduledBot: (botId, request) => call('updateScheduledBot', () => update(find(botId), request)),
    cancelScheduledBot: (botId) =>
      call('cancelScheduledBot', () => {
        const bot = find(botId)
        if (bot.request.joinAt === null) throw refusal('VENDOR_BOT_NOT_FOUND', 404)
        leave(bot)
      }),
    retranscribe: (botId) =>
      call('retranscribe', () => {
        const bot = findSent(botId)
        if (bot.end?.kind !== 'completed') throw refusal('VENDOR_CONFLICT', 409)
        // In place of the old file there is another.
        const transcription = `https://files.example.test/${botId}/again-${calls.length}.json`
        bot.end = { ...bot.end, artifacts: { ...bot.end.artifacts, transcription } }
      }),
    deleteBotData: (botId) =>
      call('deleteBotData', () => {
        const bot = findSent(botId)
        if (!bot.end) throw refusal('VENDOR_CONFLICT', 409)
        if (bot.end.kind === 'completed') bot.end = { ...bot.end, artifacts: noArtifacts, artifactsExpireAt: null }
        else bot.end = { ...bot.end, results: null }
      }),
  }
}

function toPage(listed: FakeBot[], cursor: string | null): Page<VendorBot> {
  const start = cursor === null ? 0 : listed.findIndex(({ botId }) => botId === cursor) + 1
  const page = listed.slice(start, start + pageSize)
  const isLast = start + pageSize >= listed.length
  return { items: page.map(toListed), nextCursor: isLast ? null : (page.at(-1)?.botId ?? null) }
}

/** Whether a bot is booked and has not started. Such a bot is only in the list of bookings. */
function isBooking({ request, status }: FakeBot): boolean {
  return request.joinAt !== null && ['scheduled', 'cancelled'].includes(status)
}

function toListed({ botId, request, status, createdAt }: FakeBot): VendorBot {
  return { botId, meetingId: request.meetingId, status, createdAt }
}

function toFact({ status, statusAt, end }: FakeBot): Fact | null {
  if (end) return { ...end, at: null }
  if (status === 'scheduled') return null
  return status === 'cancelled' ? { kind: 'cancelled', at: statusAt } : toStatus(status)
}

function toStatus(code: string): StatusFact {
  return { kind: 'status', code, at: null, message: null, recordingStartedAt: null }
}

function refusal(code: ErrorCode, upstreamStatus: number): PermanentError {
  return new PermanentError(code, { upstreamStatus })
}

const noArtifacts: Artifacts = {
  video: null,
  audio: null,
  diarization: null,
  transcription: null,
  rawTranscription: null,
  chat: null,
}

const leftEarly: FailedFact = {
  kind: 'failed',
  at: null,
  code: 'EXITING_MEETING_BEFORE_RECORD',
  message: 'The bot was told to leave before it recorded anything.',
  results: null,
}

function completedNow(at: Date): CompletedFact {
  return {
    kind: 'completed',
    at,
    joinedAt: at,
    exitedAt: at,
    durationSeconds: 0,
    artifacts: { ...noArtifacts, video: 'https://files.example.test/video.mp4' },
    artifactsExpireAt: new Date(at.getTime() + 4 * 3_600_000),
    participants: [],
    speakers: [],
  }
}
