import { randomUUID } from 'node:crypto'
import type { Fact } from '../bots/facts.ts'
import type { Clock } from '../clock.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import { processWebhookEvent } from '../webhooks/process-webhook-event.ts'
import type { FakeBot } from './fake-provider.ts'
import type { MemoryMeetingStore } from './memory-meeting-store.ts'

type Told = { id: string; bot: FakeBot; fact: Fact; receivedAt: Date }
type Deps = { meetings: MemoryMeetingStore; queue: Pick<JobQueue, 'enqueue'>; now: Clock }

/** What the vendor tells of its bots, on its way to Seer: a test may deliver it late, twice, in another order or never. */
export function worldWebhooks({ meetings, queue, now }: Deps) {
  const events = new Map<string, Told>()
  let waiting: Told[] = []
  const told = (id: string) => events.get(id) as Told
  const inbox = {
    async load(id: string) {
      const { bot, receivedAt } = told(id)
      const { botId: vendorBotId, request } = bot
      const event = { id, source: 'v2_webhook', eventType: 'bot.status_change', vendorBotId, body: id, receivedAt }
      return {
        event: { ...event, meetingId: request.meetingId, state: 'received' as const, outcome: null },
        meeting: await meetings.findForBot({ botId: vendorBotId, meetingId: request.meetingId }),
        factAlreadyApplied: false,
      }
    },
    saveProcessed: async ({ change }: { change: Parameters<typeof meetings.saveChange>[0] | null | object }) =>
      change === null || (await meetings.saveChange({ ...(change as object), cause: 'webhook' } as never)),
  }
  const reread = (id: string) => {
    const { bot, fact } = told(id)
    const about = { botId: bot.botId, meetingId: bot.request.meetingId, businessKey: null }
    return { kind: 'bot' as const, source: 'v2_webhook' as const, eventType: 'bot.status_change', fact, ...about }
  }
  const calendars = { noteVendorChange: async () => null }
  const onEnqueueFailed = () => {}
  const deps = { inbox, meetings, reader: { reread }, calendars, queue, now, onEnqueueFailed }

  async function deliver(list: Told[]): Promise<void> {
    for (const { id } of list) await processWebhookEvent(deps, { webhookEventId: id })
  }

  return {
    tell(bot: FakeBot, fact: Fact): void {
      const event = { id: randomUUID(), bot, fact, receivedAt: now() }
      events.set(event.id, event)
      waiting.push(event)
    },
    /** Delivers all that waits, changed as `misfortune` says. */
    async deliver(misfortune: (list: Told[]) => Told[] = (list) => list): Promise<void> {
      const list = waiting
      waiting = []
      await deliver(misfortune(list))
    },
    isWaiting: () => waiting.length > 0,
    /** Whatever was ever told, once more. */
    deliverAgain: async () => await deliver([...events.values()].slice(-3)),
  }
}
