import { expect } from 'vitest'
import { SeerError } from '../../src/basics/errors.ts'
import type { DataWorld } from './data-world.ts'

const kinds = ['video', 'audio', 'transcription']

/** Nothing of what was recorded is anywhere, and the receipt says so. */
export async function expectAllGone(world: DataWorld): Promise<void> {
  const { meeting } = world
  expect([...world.storage.objects.keys()]).toEqual([])
  expect(await world.transcripts.list(meeting.id)).toEqual([])
  expect(await world.transcripts.speakers(meeting.id)).toEqual([])
  expect(world.inbox.row(world.chatWebhook).body).toBeNull()
  expect(world.vendorBot()?.end).toMatchObject({ artifacts: { video: null, transcription: null } })
  const stored = await world.stored()
  expect(stored).toMatchObject({ artifacts: null, participants: null, speakers: null, deleteDueAt: null, dueAt: null })
  for (const who of ['Ines', 'Bo L', 'Hello', 'https://files']) {
    expect(JSON.stringify([stored, await world.timeline(), await world.artifacts.of(meeting.id)])).not.toContain(who)
  }
  const receipt = await world.receipt()
  expect(receipt).toMatchObject({ state: 'deleted', scopes: ['everything'], left: [], vendor: { outcome: 'deleted' } })
  expect(receipt.storage.removed.map(({ kind }) => kind)).toEqual(kinds)
  expect(receipt.storage.removed.every(({ bytes, sha256 }) => Number(bytes) > 0 && sha256?.length === 64)).toBe(true)
  expect(receipt.database).toEqual({
    transcripts: [{ version: 1, source: 'vendor', utterances: 2 }],
    utterances: 2,
    speakerNames: 1,
    chatMessages: 1,
  })
  const types = (await world.timeline()).map(({ type }) => type)
  expect(types.filter((type) => type === 'data_deletion_requested')).toHaveLength(1)
  expect(types.filter((type) => type === 'data_deleted')).toHaveLength(1)
  // The grade says what was delivered.
  expect(stored.delivery).toMatchObject({ grade: 'partial', reasons: expect.arrayContaining(['data_deleted']) })
}

/** Lets time pass until nothing is left. Failures of jobs are left to the sweep. */
export async function untilDone(world: DataWorld): Promise<void> {
  for (let i = 0; i < 60 && (await world.receipt()).state !== 'deleted'; i++) {
    await world.pass(2).catch((error: unknown) => {
      if (!(error instanceof SeerError)) throw error
    })
  }
}
