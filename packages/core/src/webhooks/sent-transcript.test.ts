/** Webhooks of v1 carry the transcript inside. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { killedAt, unlessKilled } from '../../testing/basics/killed-at.ts'
import { at, completed } from '../../testing/meetings/builders.ts'
import { custodyWorld } from '../../testing/recordings/custody-world.ts'
import { aTranscript, said } from '../../testing/recordings/transcripts/transcript-builders.ts'
import { anInboxEvent } from '../../testing/webhooks/inbox-contract.ts'
import type { DataDeletion } from '../meetings/deletion/data-deletion.ts'
import type { Meeting } from '../meetings/meeting.ts'
import { storeTranscript } from '../recordings/transcripts/store-transcript.ts'
import { processWebhookEvent } from './process-webhook-event.ts'

const folder = mkdtempSync(join(tmpdir(), 'seer-sent-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const line = (speaker: string, ...words: string[]) => ({
  speaker,
  start_time: 1,
  end_time: 2,
  words: words.map((word) => ({ word, start: 1, end: 2 })),
})
const noText = { artifacts: { ...completed(at(33)).artifacts, transcription: null, rawTranscription: null } }

/** A run whose vendor has no file with a transcript. Its webhook comes with a transcript, or without. */
async function ended(changes: Partial<Meeting> = {}) {
  const world = custodyWorld(folder)
  const meeting = await world.ended(completed(at(33), noText), changes)
  const bodies = new Map<string, { transcript?: unknown; botId: string; video: string }>()
  const reader = {
    reread(id: string) {
      const { botId, video, ...sent } = bodies.get(id) as { botId: string; video: string }
      const fact = completed(at(33), { artifacts: { ...noText.artifacts, video } })
      const kind = { kind: 'bot' as const, source: 'v1_webhook' as const, eventType: 'complete', businessKey: null }
      return { ...kind, botId, meetingId: meeting.id, fact, ...sent }
    },
  }
  const integrations = { noteVendorChange: async () => null }
  const deps = { ...world.deps, reader, integrations }

  async function receive(transcript: unknown, receivedAt = at(34), botId = meeting.meetingBaasId as string) {
    const body = randomUUID()
    bodies.set(body, { botId, video: `https://files.example.test/${body}`, ...(transcript ? { transcript } : {}) })
    const event = anInboxEvent({ body, receivedAt, vendorBotId: botId, meetingId: meeting.id })
    await world.inbox.store(event)
    return event.id
  }
  const process = async (webhookEventId: string) => await processWebhookEvent(deps, { webhookEventId })
  const told = async (...event: Parameters<typeof receive>) => await process(await receive(...event))
  async function versions() {
    const all = await world.transcripts.list(meeting.id)
    const lines = await Promise.all(all.map(({ id }) => world.transcripts.utterances(id, 0, 10)))
    return all.map(({ isCurrent }, i) => `${isCurrent ? 'current: ' : ''}${lines[i]?.map(({ text }) => text)}`)
  }
  return { ...world, deps, meeting, receive, process, told, versions }
}

describe('a transcript inside of a webhook', () => {
  test('becomes the transcript of the bot, and what it delivered is graded with it', async () => {
    const world = await ended()
    await world.collect(world.meeting)
    expect((await world.delivery(world.meeting))?.reasons).toContain('transcription_failed')
    await world.told([line('Ines', 'Shall', 'we'), line('Bo', 'Yes')])
    await world.pass(1)
    expect(await world.versions()).toEqual(['current: Shall we,Yes'])
    const { facts, reasons } = (await world.delivery(world.meeting)) ?? {}
    expect(facts).toMatchObject({ words: 3, speakers: 2 })
    expect(reasons).not.toContain('transcription_failed')
  })

  test('is the same one in a repeated webhook, also with newly signed links', async () => {
    const world = await ended()
    for (const minute of [34, 36, 38]) await world.told([line('Ines', 'Shall', 'we')], at(minute))
    expect(await world.versions()).toEqual(['current: Shall we'])
  })

  test('is replaced by a newer one, whichever is processed first', async () => {
    const world = await ended()
    const [old, fresh] = [
      await world.receive([line('Ines', 'Old')], at(34)),
      await world.receive([line('Ines', 'New')], at(36)),
    ]
    await world.process(fresh)
    await world.process(old)
    expect(await world.versions()).toEqual(['current: New'])
    await world.told([line('Ines', 'Newest')], at(38))
    expect(await world.versions()).toEqual(['current: Newest', 'New'])
  })

  test.each(['vendor', 'deepgram'] as const)('never replaces one that was made otherwise, by %s', async (source) => {
    const world = await ended()
    const { id: meetingId } = world.meeting
    const transcript = aTranscript([said('Ines', 1, 'Better')])
    await storeTranscript(world.deps, { meetingId, source, sourceKey: 'order 1', transcript })
    await world.told([line('Ines', 'Late')], at(90))
    expect(await world.versions()).toEqual(['current: Better'])
  })

  test.each([
    ['of another bot', [line('Ines', 'Other')], randomUUID()],
    ['that cannot be read', { words: 7 }, undefined],
    ['that there is not', undefined, undefined],
  ])('%s is none', async (_, transcript, botId) => {
    const world = await ended()
    await world.told(transcript, at(34), botId)
    expect(await world.versions()).toEqual([])
  })

  test('is not stored when the transcripts of the bot were deleted', async () => {
    const deletion: DataDeletion = {
      ...{ scopes: ['transcripts'], reason: 'request', requestedAt: at(34).toISOString(), doneAt: null },
      ...{ transcripts: [], speakerNames: 0, chatMessages: 0 },
      vendor: { outcome: 'pending', reason: null, at: null },
    }
    const world = await ended({ deletion })
    await world.told([line('Ines', 'Gone')])
    expect(await world.versions()).toEqual([])
  })
})

describe('a worker that is killed', () => {
  const cases = (['before', 'after'] as const).flatMap((when) => [1, 2, 3, 4, 5, 6, 7].map((n) => [n, when] as const))

  test.each(cases)('at call %i, %s it, loses no transcript, and makes it once', async (n, when) => {
    const world = await ended()
    const { now, newId, reader, queue, ...stores } = world.deps
    const dying = { ...killedAt(stores, n, when), reader, queue, now, newId }
    const webhookEventId = await world.receive([line('Ines', 'Shall', 'we')])
    await processWebhookEvent(dying, { webhookEventId }).catch(unlessKilled)
    await world.process(webhookEventId)
    await world.pass(3)
    expect(await world.versions()).toEqual(['current: Shall we'])
    expect((await world.delivery(world.meeting))?.facts.words).toBe(2)
  })
})
