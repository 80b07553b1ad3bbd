import { createHash, randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RetryableError } from '../../src/basics/errors.ts'
import { deleteData } from '../../src/erasure/delete-data.ts'
import { requeueStuck } from '../../src/jobs/requeue-stuck.ts'
import { dueMeetings } from '../../src/meetings/due-meetings.ts'
import type { Meeting } from '../../src/meetings/meeting.ts'
import type { Artifact } from '../../src/recordings/artifact.ts'
import { collectArtifacts } from '../../src/recordings/custody/collect-artifacts.ts'
import { dueArtifacts } from '../../src/recordings/custody/consequences.ts'
import { copyArtifact } from '../../src/recordings/custody/copy-artifact.ts'
import { deleteArtifact } from '../../src/recordings/custody/delete-artifact.ts'
import type { Downloads, FetchOutcome, MediaFacts } from '../../src/recordings/custody/downloads.ts'
import { gradeDelivery } from '../../src/recordings/delivery/grade-delivery.ts'
import type { MissingDeps } from '../../src/recordings/speech/transcribe-missing.ts'
import { readTranscript } from '../../src/recordings/transcripts/read-transcript.ts'
import type { ArtifactKind } from '../../src/vendor/artifact-kinds.ts'
import type { CompletedFact, FailedFact } from '../../src/vendor/facts.ts'
import { fakeQueue } from '../jobs/fake-queue.ts'
import { aMeeting, at, completed } from '../meetings/builders.ts'
import { memoryMeetingStore } from '../meetings/memory-meeting-store.ts'
import { checkingSlots, countedSlots } from '../vendor/checked-writes.ts'
import { fakeVendorBots } from '../vendor/fake-vendor-bots.ts'
import { memoryInbox } from '../webhooks/memory-inbox.ts'
import { memoryArtifactStore } from './memory-artifact-store.ts'
import { memoryStorage } from './memory-storage.ts'
import { memoryTranscriptStores } from './transcripts/memory-transcript-store.ts'

type Answer = FetchOutcome | Error | { content: string; contentType?: string }

/** Custody without a database and without a network: ended runs, links that answer as the test says, and a storage. */
export function custodyWorld(folder: string) {
  let time = at(35)
  const now = () => time
  const queue = fakeQueue<{ meetingId?: string; artifactId?: string }>()
  const meetings = memoryMeetingStore(undefined, now)
  const artifacts = memoryArtifactStore()
  const { transcripts, speechOrders } = memoryTranscriptStores({ meetings })
  const storage = memoryStorage()
  const vendor = fakeVendorBots({ now })
  const inbox = memoryInbox(meetings)
  const slots = countedSlots()
  const limits = { takeWriteSlot: slots.takeWriteSlot, pauseWrites: async () => {} }
  const answers = new Map<string, Answer[]>()
  const fetched: string[] = []
  const media = new Map<string, MediaFacts>()
  const during: { fetch?: () => Promise<void> } = {}

  const downloads: Downloads = {
    async fetch(name, link) {
      fetched.push(link)
      await during.fetch?.()
      const [next, ...later] = answers.get(link) ?? []
      if (later.length > 0) answers.set(link, later)
      const answer = next ?? { content: `the file behind ${link}` }
      if (answer instanceof Error) throw answer
      if ('outcome' in answer) return answer
      const bytes = Buffer.from(answer.content)
      const path = join(folder, `${name}-${randomUUID()}`)
      await writeFile(path, bytes)
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      return {
        outcome: 'fetched',
        file: { path, bytes: bytes.length, sha256, contentType: answer.contentType ?? null },
      }
    },
    async discard() {},
    untouchedSince: async () => [],
  }
  const readable: MediaFacts = { durationSeconds: 1_740, isWhole: true }
  const day = 24 * 3_600_000
  const deps = {
    meetings,
    artifacts,
    transcripts,
    speechOrders,
    transcribeMissing: null as MissingDeps['transcribeMissing'],
    storage,
    downloads,
    media: { read: async (path: string) => [...media].find(([name]) => path.includes(name))?.[1] ?? readable },
    vendor,
    vendorKeepsMs: 3 * day,
    inbox,
    limits,
    maxBytes: 1_000_000,
    queue,
    newId: randomUUID,
    now,
  }
  /** A deletion is a write at the vendor. */
  const deletion = { ...deps, vendor: checkingSlots(vendor, slots) }
  const context = { signal: new AbortController().signal, progress: () => {} }

  /** A run that has ended, with its bot at the vendor. */
  async function ended(end: CompletedFact | FailedFact = completed(at(33)), changes: Partial<Meeting> = {}) {
    const order = aMeeting({ joinKey: `meet:${randomUUID()}` })
    const { botId } = await vendor.createBot({
      meetingId: order.id,
      meetingUrl: order.meetingUrl,
      botName: order.botName,
      config: order.botConfig,
      extra: null,
      joinAt: null,
    })
    vendor.endWith(botId, end)
    const { kind, at: _, ...results } = end.kind === 'completed' ? end : { ...end, ...end.results }
    const {
      joinedAt,
      exitedAt,
      durationSeconds,
      artifacts: links,
      artifactsExpireAt,
      participants,
      speakers,
    } = { ...completed(at(33), { artifacts: nothing, participants: [], speakers: [] }), ...results }
    const run = { joinedAt, exitedAt, durationSeconds, artifactsExpireAt, participants, speakers }
    const hasResults = kind === 'completed' || (end.kind === 'failed' && end.results !== null)
    const meeting: Meeting = {
      ...order,
      ...run,
      meetingBaasId: botId,
      state: kind,
      finalAt: at(33),
      recordingStartedAt: at(2),
      artifacts: hasResults ? links : null,
      collectDueAt: at(33),
      dueAt: at(33),
      ...changes,
    }
    await meetings.claim(
      meeting,
      { type: 'bot_requested', occurredAt: at(0), data: { joinAt: null }, cause: 'api' },
      'nobody',
    )
    return meeting
  }

  async function run({ name, payload }: { name: string; payload: { meetingId?: string; artifactId?: string } }) {
    const { meetingId = '', artifactId = '' } = payload
    if (name === 'collect-artifacts') return await collectArtifacts(deps, { meetingId })
    if (name === 'copy-artifact') return await copyArtifact(deps, { artifactId }, context)
    if (name === 'delete-data') return await deleteData(deletion, { meetingId })
    if (name === 'delete-artifact') return await deleteArtifact(deps, { artifactId })
    // Speech services have a world of their own.
    if (name === 'retranscribe') return null
    if (name === 'read-transcript') return await readTranscript(deps, { meetingId })
    return await gradeDelivery(deps, meetingId)
  }

  /** Runs all jobs until none is left. */
  async function work(): Promise<void> {
    for (let job = queue.jobs.shift(); job; job = queue.jobs.shift()) await run(job)
  }

  /** Time passes, and the sweep starts what is due. */
  async function pass(minutes: number): Promise<void> {
    time = new Date(time.getTime() + minutes * 60_000)
    const sources = { artifacts: dueArtifacts(artifacts), meetings: dueMeetings(meetings) }
    await requeueStuck({ sources, queue, now })
    await work()
  }

  /** Everything that follows the end of a run. */
  async function collect(meeting: Meeting): Promise<void> {
    await queue.enqueue('collect-artifacts', { meetingId: meeting.id })
    await work()
  }

  async function one(meeting: Meeting, kind: ArtifactKind): Promise<Artifact> {
    return (await artifacts.of(meeting.id)).find((artifact) => artifact.kind === kind) as Artifact
  }

  return {
    deps,
    ...deps,
    deletion,
    jobs: queue.jobs,
    bots: vendor.bots,
    failNext: vendor.failNext,
    fetched,
    mediaFacts: media,
    during,
    context,
    ended,
    work,
    pass,
    collect,
    one,
    run,
    /** What a link answers, one answer for each fetch; the last one again and again. */
    answer: (link: string, ...all: Answer[]) => void answers.set(link, all),
    delivery: async ({ id }: Meeting) => (await meetings.find(id))?.delivery ?? null,
    types: async ({ id }: Meeting) => (await meetings.timeline(id, 0, 100)).map(({ type }) => type),
    setTime: (to: Date) => void (time = to),
  }
}

const nothing = { video: null, audio: null, diarization: null, transcription: null, rawTranscription: null, chat: null }

export const broken = () => new RetryableError('DOWNLOAD_INTERRUPTED', { detail: 'The connection broke.' })
