import { withDeletion } from '@seer/core/meetings/deletion/to-be-deleted'
import type { Meeting } from '@seer/core/meetings/meeting'
import { newArtifacts } from '@seer/core/recordings/custody/new-artifacts'
import { aMeeting, at } from '@seer/core/testing/meetings/builders'
import { artifactStoreContract, endedMeeting } from '@seer/core/testing/recordings/artifact-store-contract'
import { describe, expect, test } from 'vitest'
import { useTestStores } from '../../../testing/db/test-stores.ts'
import { newId } from '../../ids.ts'

const { db, newUser } = useTestStores()

async function addMeeting(userId?: string) {
  const owner = userId ?? (await newUser())
  const meeting = endedMeeting(aMeeting({ id: newId(), userId: owner, joinKey: `meet:${newId()}` }))
  const entry = { type: 'bot_requested' as const, occurredAt: at(0), data: { joinAt: null }, cause: 'api' as const }
  await db().meetings.claim(meeting, entry, 'nobody')
  return meeting
}

describe('the artifact store in Postgres', () => {
  artifactStoreContract(async () => ({ artifacts: db().artifacts, addMeeting: () => addMeeting() }))
})

test('a meeting is removed only after the data of its bot', async () => {
  const userId = await newUser()
  const meeting = await addMeeting(userId)
  const { artifacts, meetings } = db()
  await artifacts.add(newArtifacts(meeting, { now: at(33), vendorKeepsMs: 1, newId }))
  const change = async (decide: (before: Meeting) => Meeting) => {
    const before = (await meetings.find(meeting.id)) as Meeting
    await meetings.saveChange({ before, next: decide(before), entries: [], cause: 'worker' })
    return await meetings.removeEnded(userId, 10)
  }
  expect(await change((before) => before)).toBe(0)
  const deleting = { scope: 'everything', reason: 'request' } as const
  expect(await change((before) => withDeletion(before, deleting, at(40)) as Meeting)).toBe(0)
  expect(await change((before) => ({ ...before, deleteDueAt: null }))).toBe(1)
  expect(await artifacts.of(meeting.id)).toEqual([])
})
