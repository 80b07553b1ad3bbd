import { randomUUID } from 'node:crypto'
import type { Clock } from '../../src/basics/clock.ts'
import type { JobQueue } from '../../src/jobs/job-queue.ts'
import type { Fact } from '../../src/vendor/facts.ts'
import { processWebhookEvents } from '../../src/webhooks/process-webhook-events.ts'
import type { MemoryMeetingStore } from '../meetings/memory-meeting-store.ts'
import { memoryTranscriptStores } from '../recordings/transcripts/memory-transcript-store.ts'
import type { FakeBot } from '../vendor/fake-vendor-bots.ts'
import { memoryInbox } from '../webhooks/memory-inbox.ts'

type Told = { id: string; bot: FakeBot; fact: Fact; receivedAt: Date }
type Deps = { meetings: MemoryMeetingStore; queue: JobQueue; now: Clock }

/** The vendor's webhooks on their way to Seer. A test may deliver them late, twice, in another order or never. */
export function worldWebhooks({ meetings, queue, now }: Deps) {
  const inbox = memoryInbox(meetings)
  const events = new Map<string, Told>()
  let waiting: Told[] = []
  const about = ({ bot }: Told) => ({ botId: bot.botId, meetingId: bot.request.meetingId, businessKey: null })
  const reread = (id: string) => {
    const told = events.get(id) as Told
    const kind = { kind: 'bot' as const, source: 'v2_webhook' as const, eventType: 'bot.status_change' }
    return { ...kind, ...about(told), fact: told.fact }
  }
  const integrations = { noteVendorChange: async () => null }
  const onProcessed = ({ error }: { error?: unknown }) => {
    if (error !== undefined) throw new Error('An event failed for a reason of its own.', { cause: error })
  }
  const { transcripts } = memoryTranscriptStores({ meetings })
  const stores = { inbox, meetings, transcripts, integrations }
  const deps = { ...stores, reader: { reread }, queue, newId: randomUUID, now, onProcessed }

  /** Every delivery is a separate message. */
  async function store(told: Told): Promise<string> {
    const { id: body, receivedAt } = told
    const { botId: vendorBotId, ...rest } = about(told)
    const id = randomUUID()
    const message = { id, messageId: id, dedupeKey: id, source: 'v2_webhook', eventType: 'bot.status_change' }
    await inbox.store({ ...message, ...rest, vendorBotId, body, receivedAt, dueAt: receivedAt })
    return id
  }

  /** Delivers one after the other. Events in one job would be ordered by their time of receipt, not by the test. */
  async function deliver(list: Told[]): Promise<void> {
    for (const told of list) await processWebhookEvents(deps, { webhookEventIds: [await store(told)] })
  }

  return {
    inbox,
    tell(bot: FakeBot, fact: Fact): void {
      const event = { id: randomUUID(), bot, fact, receivedAt: now() }
      events.set(event.id, event)
      waiting.push(event)
    },
    /** Delivers all waiting webhooks, changed by `misfortune`. */
    async deliver(misfortune?: (list: Told[]) => Told[]): Promise<void> {
      const list = waiting
      waiting = []
      if (misfortune) return await deliver(misfortune(list))
      await processWebhookEvents(deps, { webhookEventIds: await Promise.all(list.map(store)) })
    },
    isWaiting: () => waiting.length > 0,
    /** Delivers the last three webhooks once more. */
    deliverAgain: async () => await deliver([...events.values()].slice(-3)),
  }
}
