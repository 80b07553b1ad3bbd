/** Two plans of one user at the same time: a job, and one that the user waits for. */
import { expect, test } from 'vitest'
import { schedulingWorld } from '../../../testing/planning/scheduling-world.ts'
import { planNow } from './plan-now.ts'
import { scheduleRecordings } from './schedule-recordings.ts'

/** A world with an event, and a plan that has decided to record it when `meanwhile` happens. */
async function whileBooking(meanwhile: (world: Awaited<ReturnType<typeof schedulingWorld>>, id: string) => unknown) {
  const world = await schedulingWorld()
  const { id } = await world.put({ startTime: world.inMinutes(5) })
  const before = world.deps.meetings
  const meetings: typeof before = {
    ...before,
    async claimWithin(...claim) {
      await meanwhile(world, id)
      return await before.claimWithin(...claim)
    },
  }
  return { ...world, deps: { ...world.deps, meetings }, id }
}

test('a user skips an event while a job books a bot for it, and the bot is called off before any sweep', async () => {
  const world = await whileBooking((during, id) => during.override(id, 'skip'))
  await scheduleRecordings(world.deps, world)
  await world.work()
  expect(await world.decision(world.id)).toMatchObject({ winner: 'override_skip' })
  expect(world.live()).toEqual([])
})

test('a user skips an event while another request books a bot for it, and the bot is called off, too', async () => {
  const world = await whileBooking(async (during, id) => {
    await during.override(id, 'skip')
    await during.work()
  })
  await planNow(world.deps, world)
  await world.work()
  expect(await world.decision(world.id)).toMatchObject({ winner: 'override_skip' })
  expect(world.live()).toEqual([])
})

test('a plan that fails is made once more by a job', async () => {
  const world = await schedulingWorld()
  await world.put({})
  const failing = {
    ...world.deps.meetings,
    claimWithin: async () => Promise.reject(new Error('The database is away.')),
  }
  await expect(planNow({ ...world.deps, meetings: failing }, world)).rejects.toThrow('The database is away.')
  await world.work()
  expect(world.live()).toHaveLength(1)
})
