import { randomUUID } from 'node:crypto'
import { PostponedError, SeerError } from '../../src/basics/errors.ts'
import { readEventLink, toEventLink } from '../../src/calendars/event-link.ts'
import type { Integration } from '../../src/calendars/integration.ts'
import { fingerprintOf } from '../../src/calendars/sync/diff-events.ts'
import { deleteData } from '../../src/erasure/delete-data.ts'
import { finishDeletion } from '../../src/erasure/delete-user.ts'
import { requeueStuck } from '../../src/jobs/requeue-stuck.ts'
import { createBot } from '../../src/meetings/bots/create-bot.ts'
import { endBot } from '../../src/meetings/bots/end-bot.ts'
import { leaveBot } from '../../src/meetings/bots/leave-bot.ts'
import { requestBot } from '../../src/meetings/bots/request-bot.ts'
import { rescheduleBot } from '../../src/meetings/bots/reschedule-bot.ts'
import { syncBot } from '../../src/meetings/bots/sync-bot.ts'
import { syncBotStatuses } from '../../src/meetings/bots/sync-bot-statuses.ts'
import { dueMeetings } from '../../src/meetings/due-meetings.ts'
import type { SharingScope } from '../../src/meetings/sharing/sharing.ts'
import { scheduleRecordings } from '../../src/planning/carry-out/schedule-recordings.ts'
import { overrideRecording } from '../../src/planning/overrides/override-recording.ts'
import { collectArtifacts } from '../../src/recordings/custody/collect-artifacts.ts'
import { deleteArtifact } from '../../src/recordings/custody/delete-artifact.ts'
import type { Override } from '../../src/rules/decision.ts'
import { RecordingRules } from '../../src/rules/rules.ts'
import type { EventDetails } from '../../src/vendor/calendar-event.ts'
import { anIntegration } from '../calendars/calendar-builders.ts'
import { memoryCalendarStores } from '../calendars/memory-calendar-store.ts'
import { fakeQueue } from '../jobs/fake-queue.ts'
import { at, botDefaults, status } from '../meetings/builders.ts'
import { accountsIn, invitationsIn, memoryMeetingStore } from '../meetings/memory-meeting-store.ts'
import { memoryUserStores } from '../people/memory-user-store.ts'
import { memoryArtifactStore } from '../recordings/memory-artifact-store.ts'
import { memoryStorage } from '../recordings/memory-storage.ts'
import { memoryTranscriptStores } from '../recordings/transcripts/memory-transcript-store.ts'
import { checkingSlots, countedSlots } from '../vendor/checked-writes.ts'
import { type FakeBot, fakeVendorBots } from '../vendor/fake-vendor-bots.ts'
import { memoryCapacityStore } from './memory-capacity-store.ts'
import { memorySchedulingStore } from './memory-scheduling-store.ts'
import { worldWebhooks } from './world-webhooks.ts'

type Job = {
  name: string
  payload: { meetingId?: string; userId?: string; integrationId?: string; artifactId?: string }
}

const minuteMs = 60_000
const jobsAtMost = 1_000
const inMeeting = ['joining_call', 'in_call_recording']

/**
 * Users with calendars, rules and bots: stores in memory, a fake vendor that starts booked bots by its clock, and a
 * queue whose jobs run at once. After any action, `settle` runs everything until nothing is left to do. There is one
 * user at the start; functions act on this user unless another is given.
 */
export async function schedulingWorld(rules: object = { enabled: true }, sharing: SharingScope = 'domain') {
  let time = at(0)
  const now = () => time
  const stores = memoryCalendarStores(now)
  const { integrations, calendarEvents } = stores
  const meetings = memoryMeetingStore(accountsIn(stores), now, invitationsIn(stores))
  const scheduling = memorySchedulingStore({ ...stores, meetings })
  const capacity = memoryCapacityStore({ ...stores, meetings })
  const { users: userStore, apiKeys } = memoryUserStores({ ...stores, meetings, scheduling })
  const vendor = fakeVendorBots({ now })
  const queue = fakeQueue<Job['payload']>()
  const { jobs } = queue
  const slots = countedSlots()
  const { takeWriteSlot } = slots
  const limits = { takeWriteSlot, pauseWrites: async () => {}, pauseCreates: async () => {} }
  const webhooks = worldWebhooks({ meetings, queue, now })
  const bots = { meetings, vendor: checkingSlots(vendor, slots), limits, queue, now }
  const artifacts = memoryArtifactStore()
  const { transcripts } = memoryTranscriptStores({ meetings })
  const custody = {
    meetings,
    artifacts,
    transcripts,
    speechOrders: { order: async () => ({ outcome: 'no_meeting' as const }) },
    transcribeMissing: null,
    vendor,
    vendorKeepsMs: 3 * 24 * 60 * minuteMs,
    queue,
    newId: randomUUID,
    now,
  }
  const removal = {
    ...custody,
    ...bots,
    inbox: webhooks.inbox,
    storage: memoryStorage(),
    downloads: { discard: async () => {} },
  }
  const deps = {
    scheduling,
    capacity,
    botsPerDay: null as number | null,
    meetings,
    integrations,
    users: userStore,
    transcripts,
    events: calendarEvents,
    queue,
    defaults: botDefaults,
    byRule: true,
    sharing,
    newId: newIdAt,
    now,
  }
  const users: string[] = []
  const emails = new Map<string, string>()
  const { userId, integration } = await addUser('ines@acme.test')

  /** Adds a user with a calendar and the same rules. */
  async function addUser(accountEmail: string) {
    const added = randomUUID()
    users.push(added)
    emails.set(added, accountEmail)
    const key = { prefix: '', label: null, scopes: [], expiresAt: null }
    await apiKeys.add({ ...key, id: randomUUID(), keyHash: added, userName: accountEmail, newUserId: added })
    const integration = anIntegration({ userId: added, accountEmail })
    await integrations.add(integration)
    await setRules(rules, added)
    return { userId: added, integration: integration }
  }

  /** Later ids are greater, as in production. */
  let made = 0
  function newIdAt(): string {
    return `${(++made).toString(16).padStart(8, '0')}${randomUUID().slice(8)}`
  }

  async function setRules(changes: object, of: string = userId): Promise<void> {
    const { version } = await scheduling.findRules(of)
    await scheduling.saveRules(of, RecordingRules.parse(changes), version, time)
  }

  /** @param readAs the join key that another version read from the link */
  async function put(
    event: Partial<EventDetails>,
    of: Integration = integration,
    readAs?: string,
  ): Promise<EventDetails> {
    const id = event.id ?? randomUUID()
    const startTime = event.startTime ?? new Date(time.getTime() + 60 * minuteMs)
    const details: EventDetails = {
      id,
      seriesId: id,
      isRecurring: false,
      isException: false,
      title: 'Planning',
      endTime: new Date(startTime.getTime() + 30 * minuteMs),
      status: 'confirmed',
      meetingUrl: 'https://meet.google.com/abc-defg-hij',
      platform: 'meet',
      botScheduled: false,
      createdAt: at(-600),
      description: null,
      location: null,
      timezone: null,
      isAllDay: false,
      organizer: { email: of.accountEmail, name: null },
      attendees: [],
      updatedAt: time,
      ...event,
      startTime,
    }
    const reading = readEventLink(details)
    const { joinKey: readNow, ...link } = toEventLink(details, reading.ok ? reading.link : null)
    const joinKey = readAs ?? readNow
    const stored = { ...details, ...link }
    const isOrganizer = details.organizer?.email === of.accountEmail
    const write = { listed: stored, fingerprint: fingerprintOf(details), details: stored, joinKey, isOrganizer }
    await calendarEvents.save(of, [{ ...write, removedAt: null, detailsDueAt: null }], time)
    return details
  }

  /** One step of the vendor: due bookings start, and bots in a meeting record. */
  function vendorStep(): void {
    for (const { botId, status, request } of vendor.bots) {
      if (status === 'scheduled' && request.joinAt && request.joinAt <= time) goOn(botId, 'joining_call')
      else if (status === 'queued') goOn(botId, 'joining_call')
      else if (status === 'joining_call') goOn(botId, 'in_call_recording')
    }
  }

  /** A bot reaches a status, and its webhook is on its way. */
  function goOn(botId: string, code: string): void {
    vendor.setStatus(botId, code)
    webhooks.tell(vendor.bots.find((bot) => bot.botId === botId) as FakeBot, status(code, time))
  }

  /** Jobs that were postponed, and when they come back. */
  let delayed: { job: Job; until: number }[] = []

  /** A job that fails is lost, as if its worker had died. The row still owes the work. */
  async function run(job: Job): Promise<void> {
    await runOnce(job).catch((error: unknown) => {
      if (error instanceof PostponedError) delayed.push({ job, until: time.getTime() + error.delayMs })
      else if (!(error instanceof SeerError)) throw error
    })
  }

  async function runOnce({ name, payload }: Job): Promise<unknown> {
    const { meetingId = '', userId: owner = '', integrationId = '', artifactId = '' } = payload
    if (name === 'create-bot') return await createBot(bots, { meetingId })
    if (name === 'sync-bot') return await syncBot(bots, { meetingId })
    if (name === 'reschedule-bot') return await rescheduleBot(bots, { meetingId })
    if (name === 'leave-bot') return await leaveBot(bots, { meetingId })
    if (name === 'collect-artifacts') return await collectArtifacts(custody, { meetingId })
    // What was recorded is none of this world's business.
    if (name === 'copy-artifact') return null
    if (name === 'delete-data') return await deleteData(removal, { meetingId })
    if (name === 'delete-artifact') return await deleteArtifact(removal, { artifactId })
    if (name === 'disconnect-calendar') return await disconnect(integrationId)
    return await scheduleRecordings(deps, { userId: owner })
  }

  /** Leaves what disconnect-calendar would leave: the events are gone with the calendar. */
  async function disconnect(integrationId: string): Promise<void> {
    await integrations.remove((await integrations.find(integrationId)) as Integration)
  }

  /** Runs all jobs, and everything that is due by now, until nothing is left to do. */
  async function settle() {
    await planAll()
    for (let rounds = 0; rounds < 20; rounds++) {
      await work()
      const before = meetings.rows().map(({ version }) => version)
      await sweep()
      for (const { id, status } of stores.tables.integrations.values()) {
        if (status === 'disconnecting') await disconnect(id)
      }
      await planAll()
      const after = meetings.rows().map(({ version }) => version)
      if (JSON.stringify(before) === JSON.stringify(after) && rounds > 0) return void jobs.splice(0)
    }
    throw new Error('It does not come to rest.')
  }

  /** Runs all jobs, but starts no sweeps. */
  async function work(): Promise<void> {
    jobs.push(...delayed.filter(({ until }) => until <= time.getTime()).map(({ job }) => job))
    delayed = delayed.filter(({ until }) => until > time.getTime())
    for (let done = 0; jobs.length > 0; done++) {
      if (done === jobsAtMost) throw new Error('Jobs beget jobs for ever.')
      await run(jobs.shift() as Job)
    }
  }

  async function planAll(): Promise<void> {
    for (const each of users) await queue.enqueue('schedule-recordings', { userId: each })
  }

  /** Delivers the vendor's webhooks. Then the sweeps start what is due and read the vendor's lists. */
  async function sweep(): Promise<void> {
    await webhooks.deliver()
    await requeueStuck({ sources: { meetings: dueMeetings(meetings) }, queue, now })
    // A moment later, because a sync leaves fresh changes to the next one.
    const { signal } = new AbortController()
    await syncBotStatuses({ meetings, vendor, queue, now: () => new Date(time.getTime() + 1_000) }, { signal })
    await work()
  }

  /** Lets a minute pass at the vendor. @returns whether a bot did anything */
  function tick(): boolean {
    time = new Date(time.getTime() + minuteMs)
    const before = vendor.bots.map(({ status }) => status).join()
    vendorStep()
    return vendor.bots.map(({ status }) => status).join() !== before
  }

  async function pass(minutes: number): Promise<void> {
    for (let i = 0; i < minutes; i++) tick()
    await sweep()
  }

  return {
    deps,
    vendor,
    meetings,
    scheduling,
    integrations,
    calendarEvents,
    integration,
    userId,
    now,
    put,
    setRules,
    settle,
    work,
    tick,
    pass,
    /** Lets time pass; the vendor starts nothing. */
    wait(minutes: number): void {
      time = new Date(time.getTime() + minutes * minuteMs)
    },
    sweep,
    webhooks,
    goOn,
    loseJobs: () => void jobs.splice(0),
    enqueue: queue.enqueue,
    isDue: () => meetings.rows().some(({ dueAt }) => dueAt !== null && dueAt <= time),
    inMinutes: (minutes: number) => new Date(time.getTime() + minutes * minuteMs),
    addUser,
    disconnect,
    /** One run for a user who is marked as deleted. */
    finishDeletion: (of: string = userId) => finishDeletion(deps, { userId: of }),
    /** Marks a user as deleted. */
    markDeleted: (of: string = userId) => userStore.markDeleted(emails.get(of) as string, time),
    deletedUsers: () => userStore.listDeleted(100),
    /** The domain of the user's first calendar. */
    companyOf: (of: string) => emails.get(of)?.split('@')[1],
    order: (order: { meetingUrl: string; joinAt?: Date; extra?: Record<string, unknown> }, of: string = userId) =>
      requestBot(deps, { ...order, userId: of, meetingId: newIdAt() }),
    end: (botId: string, of: string = userId) => endBot(deps, { userId: of, botId }),
    sees: async (botId: string, of: string = userId) => (await meetings.findForUser(of, botId))?.role ?? null,
    override: (eventId: string, value: Override, allOccurrences = false, of: string = userId) =>
      overrideRecording(deps, { userId: of, eventId, value, allOccurrences, bot: null }),
    decision: async (eventId: string, of: string = userId) =>
      (await scheduling.findDecisions(of, [eventId])).get(eventId)?.decision,
    /** Bots that are booked, on their way or in a meeting. */
    live: (): FakeBot[] => vendor.bots.filter(({ status }) => ['scheduled', 'queued', ...inMeeting].includes(status)),
    writesSoFar: () => vendor.calls.filter((call) => !/^(get|find|list)/.test(call)).length,
  }
}
