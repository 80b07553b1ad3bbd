/** A deletion whose worker is killed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Killed, killedAt, unlessKilled } from '../../testing/basics/killed-at.ts'
import { dataWorld } from '../../testing/erasure/data-world.ts'
import { expectAllGone, untilDone } from '../../testing/erasure/expect-all-gone.ts'
import { deleteArtifact } from '../recordings/custody/delete-artifact.ts'
import { deleteData } from './delete-data.ts'

const folder = mkdtempSync(join(tmpdir(), 'seer-killed-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('killed at any instruction', () => {
  const cases = (['before', 'after'] as const).flatMap((when) =>
    Array.from({ length: 24 }, (_, i) => [i + 1, when] as const),
  )

  test.each(cases)('at call %i, %s it, another run finishes, and the receipt is whole', async (n, when) => {
    const world = await dataWorld(folder)
    await world.request()
    const { now, newId, ...deps } = world.deletion
    const dying = { ...killedAt(deps, n, when), now, newId }
    await expect(deleteData(dying, { meetingId: world.meeting.id })).rejects.toThrow(Killed)
    world.jobs.splice(0)
    await untilDone(world)
    await expectAllGone(world)
  })

  test('the jobs that remove the files finish as well', async () => {
    for (let n = 1; n <= 14; n++) {
      const world = await dataWorld(folder)
      await world.request()
      await deleteData(world.deletion, { meetingId: world.meeting.id })
      const { id } = await world.one(world.meeting, 'video')
      const { now, ...deps } = world.deps
      await deleteArtifact({ ...killedAt(deps, n, 'after'), now }, { artifactId: id }).catch(unlessKilled)
      world.jobs.splice(0)
      await untilDone(world)
      await expectAllGone(world)
    }
  })
})
