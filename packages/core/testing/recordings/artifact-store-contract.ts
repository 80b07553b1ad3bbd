import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Meeting } from '../../src/meetings/meeting.ts'
import type { Artifact } from '../../src/recordings/artifact.ts'
import type { ArtifactStore } from '../../src/recordings/custody/artifact-store.ts'
import { newArtifacts } from '../../src/recordings/custody/new-artifacts.ts'
import { at, completed } from '../meetings/builders.ts'

type Setup = {
  artifacts: ArtifactStore
  /** Writes an ended meeting with the results of `completed`. */
  addMeeting(): Promise<Meeting>
}

/** What every ArtifactStore must do. */
export function artifactStoreContract(open: () => Promise<Setup>): void {
  const made = (meeting: Meeting): Artifact[] =>
    newArtifacts(meeting, { now: at(33), vendorKeepsMs: 3 * 24 * 3_600_000, newId: randomUUID })

  async function withArtifacts() {
    const { artifacts, addMeeting } = await open()
    const meeting = await addMeeting()
    const added = made(meeting)
    await artifacts.add(added)
    return { artifacts, meeting, added, video: added[0] as Artifact }
  }

  describe('artifacts', () => {
    test('are given back as they were added, in the order of their kinds', async () => {
      const { artifacts, meeting, added, video } = await withArtifacts()
      expect(await artifacts.of(meeting.id)).toEqual(added.map((one) => ({ ...one, updatedAt: expect.any(Date) })))
      expect(await artifacts.find(video.id)).toMatchObject({
        kind: 'video',
        state: 'pending',
        deadline: video.deadline,
      })
      expect(await artifacts.find(randomUUID())).toBeNull()
    })

    test('are added once of each kind', async () => {
      const { artifacts, meeting, added } = await withArtifacts()
      await artifacts.add(made(meeting))
      expect((await artifacts.of(meeting.id)).map(({ id }) => id)).toEqual(added.map(({ id }) => id))
    })

    test('are written only by whoever knows their version', async () => {
      const { artifacts, video } = await withArtifacts()
      const stored = {
        ...video,
        state: 'stored' as const,
        bytes: 5_000_000_000,
        copiedBytes: 5_000_000_000,
        sha256: 'ab',
        durationSeconds: 12.5,
        storageKey: 'a/b',
        writtenKeys: ['a/b', 'a/c "d", {e}'],
        storedAt: at(40),
        leaseUntil: at(41),
        lastProblem: 'none',
      }
      expect(await artifacts.save(video, stored)).toBe(true)
      expect(await artifacts.save(video, { ...video, state: 'failed' })).toBe(false)
      const { updatedAt: _, ...expected } = { ...stored, version: 1 }
      expect(await artifacts.find(video.id)).toMatchObject(expected)
    })

    test('of two writers at the same moment one wins', async () => {
      const { artifacts, video } = await withArtifacts()
      const wins = await Promise.all(Array.from({ length: 8 }, () => artifacts.save(video, { ...video, attempts: 1 })))
      expect(wins.filter((won) => won)).toHaveLength(1)
    })

    test('are settled unless they have changed meanwhile', async () => {
      const { artifacts, video, added } = await withArtifacts()
      const audio = added[1] as Artifact
      await artifacts.save(audio, { ...audio, attempts: 1 })
      await artifacts.settle([video, audio])
      expect(await artifacts.find(video.id)).toMatchObject({ settled: true, dueAt: null, version: 1 })
      expect(await artifacts.find(audio.id)).toMatchObject({ settled: false, dueAt: at(33) })
    })

    test('are claimed when they are due, by one sweep each, and put off', async () => {
      const { artifacts, meeting, added } = await withArtifacts()
      const ours = (claimed: Artifact[]) => claimed.filter(({ meetingId }) => meetingId === meeting.id)
      expect(ours(await artifacts.claimDue(at(32), at(50), 500))).toEqual([])
      const sweeps = await Promise.all([1, 2, 3].map(() => artifacts.claimDue(at(34), at(50), 500)))
      const claimed = ours(sweeps.flat())
      const due = added.filter(({ dueAt }) => dueAt !== null)
      expect(claimed.map(({ id }) => id).sort()).toEqual(due.map(({ id }) => id).sort())
      expect(claimed[0]).toMatchObject({ dueAt: at(50), round: 1, version: 1 })
      expect(ours(await artifacts.claimDue(at(34), at(50), 500))).toEqual([])
    })

    test('are counted for operators', async () => {
      const { artifacts, video, added } = await withArtifacts()
      const before = await artifacts.summarise(video.deadline)
      await artifacts.save(video, { ...video, state: 'stored', bytes: 1_000 })
      const audio = added[1] as Artifact
      await artifacts.save(audio, { ...audio, state: 'expired' })
      const after = await artifacts.summarise(new Date(video.deadline.getTime() + 1))
      expect(after.open).toBe(before.open - 2)
      expect(after.expired).toBe(before.expired + 1)
      expect(after.inDanger).toBeGreaterThanOrEqual(1)
      expect(after.firstDeadline).toBeInstanceOf(Date)
    })
  })
}

/** A meeting that has ended with results. */
export function endedMeeting(meeting: Meeting): Meeting {
  const { kind: _, at: __, ...results } = completed(at(33))
  return { ...meeting, ...results, state: 'completed', finalAt: at(33), recordingStartedAt: at(2) }
}
