import { randomUUID } from 'node:crypto'
import { finishDeletion } from '../../src/erasure/delete-user.ts'
import { readReceipt } from '../../src/erasure/receipt.ts'
import { beginDeletion, requestDataDeletion } from '../../src/erasure/request-data-deletion.ts'
import type { DeletionScope } from '../../src/meetings/deletion/data-deletion.ts'
import type { Meeting } from '../../src/meetings/meeting.ts'
import type { Fact } from '../../src/vendor/facts.ts'
import { processWebhookEvents } from '../../src/webhooks/process-webhook-events.ts'
import { at } from '../meetings/builders.ts'
import { custodyWorld } from '../recordings/custody-world.ts'

const transcription = 'https://files.example.test/transcription.json'
const said = (speaker: string, text: string, start: number) => ({
  speaker,
  text,
  start_time: start,
  end_time: start + 2,
})

/** What a v2 transcription file looks like. */
const transcriptFile = JSON.stringify({
  result: { utterances: [said('Ines Okafor', 'The budget is settled.', 1), said('Bo Lind', 'Good.', 4)] },
})

/** An ended run that has left all that a run can leave: files, a transcript with named speakers, chat, stored webhooks. */
export async function dataWorld(folder: string) {
  const world = custodyWorld(folder)
  const { meetings, transcripts, inbox, queue, now } = world
  world.answer(transcription, { content: transcriptFile })
  const meeting = await world.ended()
  const facts = new Map<string, Fact>()

  /** A webhook arrives and is processed. @returns its id */
  async function webhook(fact: Fact): Promise<string> {
    const id = await received(fact)
    const reread = (body: string) => ({
      kind: 'bot' as const,
      source: 'v2_webhook' as const,
      eventType: fact.kind,
      botId: meeting.meetingBaasId as string,
      meetingId: meeting.id,
      businessKey: null,
      fact: facts.get(body) as Fact,
    })
    const integrations = { noteVendorChange: async () => null }
    const onProcessed = ({ error }: { error?: unknown }) => {
      if (error !== undefined) throw new Error('The webhook was not processed.', { cause: error })
    }
    const stores = { inbox, meetings, transcripts, integrations }
    const deps = { ...stores, reader: { reread }, queue, newId: randomUUID, now, onProcessed }
    await processWebhookEvents(deps, { webhookEventIds: [id] })
    return id
  }

  /** A webhook that nobody has processed yet. */
  async function received(fact: Fact): Promise<string> {
    const id = randomUUID()
    facts.set(id, fact)
    const source = { source: 'v2_webhook', messageId: id, dedupeKey: id, businessKey: null, eventType: fact.kind }
    const about = { vendorBotId: meeting.meetingBaasId, meetingId: meeting.id }
    await inbox.store({ ...source, ...about, id, body: id, receivedAt: now(), dueAt: now() })
    return id
  }

  const chat = { kind: 'chat_message', at: at(10), messageId: 'm1', sender: 'Bo Lind', text: 'Hello Ines' } as const
  const chatWebhook = await webhook(chat)
  await world.collect(meeting)
  await transcripts.nameSpeakers(meeting.id, [{ label: 'Bo Lind', name: 'Bo L.', foldedName: 'bo l' }], now())

  return {
    ...world,
    meeting,
    chat,
    chatWebhook,
    webhook,
    received,
    stored: async () => (await meetings.find(meeting.id)) as Meeting,
    request: () => requestDataDeletion(world, { userId: meeting.userId, botId: meeting.id }),
    /** One run of the deletion of the owner. The row of the user is not part of this world. */
    deleteUser: (userId: string = meeting.userId) =>
      finishDeletion(
        { ...world, users: { remove: async () => true }, integrations: { ...noCalendars, list: async () => [] } },
        { userId },
      ),
    retire: (scope: DeletionScope) =>
      beginDeletion(world, meeting.id, { scope, reason: 'retention', ownerId: meeting.userId }),
    receipt: async () => readReceipt(world, (await meetings.find(meeting.id)) as Meeting),
    timeline: () => meetings.timeline(meeting.id, 0, 200),
    vendorBot: () => world.bots.find(({ botId }) => botId === meeting.meetingBaasId),
  }
}

const noCalendars = { find: async () => null, saveChange: async () => false }

export type DataWorld = Awaited<ReturnType<typeof dataWorld>>
