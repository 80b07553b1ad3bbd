import { randomUUID } from 'node:crypto'
import type { Meeting } from '../../src/meetings/meeting.ts'
import type { Fact } from '../../src/vendor/facts.ts'
import type { WebhookReading } from '../../src/vendor/webhook-reader.ts'
import type { ProcessedWebhookEvent } from '../../src/webhooks/process-webhook-events.ts'
import { fakeQueue } from '../jobs/fake-queue.ts'
import { aMeeting, at } from '../meetings/builders.ts'
import { type MemoryMeetingStore, memoryMeetingStore } from '../meetings/memory-meeting-store.ts'
import { memoryTranscriptStores } from '../recordings/transcripts/memory-transcript-store.ts'
import { anInboxEvent } from './inbox-contract.ts'
import { memoryInbox } from './memory-inbox.ts'

/** An inbox and meetings in memory, a reader that knows each test event, and a queue that keeps its jobs. */
export function inboxWorld(meetings: MemoryMeetingStore = memoryMeetingStore()) {
  const inbox = memoryInbox(meetings)
  const { transcripts } = memoryTranscriptStores({ meetings })
  const readings = new Map<string, WebhookReading>()
  const processed: ProcessedWebhookEvent[] = []
  const queue = fakeQueue()
  const deps = {
    inbox,
    meetings,
    transcripts,
    queue,
    newId: randomUUID,
    reader: { reread: (body: string) => readings.get(body) as WebhookReading },
    integrations: { noteVendorChange: async (): Promise<string | null> => null },
    now: () => at(50),
    onProcessed: (event: ProcessedWebhookEvent) => void processed.push(event),
  }

  /** A meeting with a bot at the vendor. */
  async function booked(changes: Partial<Meeting> = {}): Promise<Meeting> {
    const meeting = aMeeting({ joinKey: `meet:${randomUUID()}`, meetingBaasId: randomUUID(), ...changes })
    const requested = {
      type: 'bot_requested' as const,
      occurredAt: at(0),
      data: { joinAt: null },
      cause: 'api' as const,
    }
    await meetings.claim(meeting, requested, 'nobody')
    return meeting
  }

  /** Puts an event with this reading into the inbox. @returns its id */
  async function receive(reading: WebhookReading, receivedAt: Date = at(1)): Promise<string> {
    const body = randomUUID()
    readings.set(body, reading)
    const { businessKey = null } = 'businessKey' in reading ? reading : {}
    const about = reading.kind === 'bot' ? { vendorBotId: reading.botId, meetingId: reading.meetingId } : {}
    const event = anInboxEvent({ body, receivedAt, businessKey, ...about })
    await inbox.store(event)
    return event.id
  }

  /** Puts an event about the bot of a meeting into the inbox. */
  async function tell({ id, meetingBaasId }: Meeting, fact: Fact, receivedAt?: Date): Promise<string> {
    const event = { kind: 'bot' as const, source: 'v2_webhook' as const, eventType: 'bot.status_change' }
    const about = { botId: meetingBaasId as string, meetingId: id, businessKey: null }
    return await receive({ ...event, ...about, fact }, receivedAt)
  }

  return { deps, inbox, meetings, transcripts, queue, jobs: queue.jobs, processed, booked, receive, tell }
}
