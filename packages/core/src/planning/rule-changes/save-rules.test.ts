import { expect, test } from 'vitest'
import { schedulingWorld } from '../../../testing/planning/scheduling-world.ts'
import { RecordingRules } from '../../rules/rules.ts'
import { saveRules } from './save-rules.ts'

const some = RecordingRules.parse({ enabled: true, include: { keywords: ['sales'] } })
const others = RecordingRules.parse({ enabled: true, record: 'external' })

/** What a queue was asked to start. */
function listening() {
  const jobs: unknown[] = []
  return { jobs, queue: { wake: async (asked: readonly unknown[]) => void jobs.push(...asked) } }
}

test('rules are stored with the next version, and recordings are decided again', async () => {
  const { deps, userId } = await schedulingWorld()
  const { jobs, queue } = listening()
  const { version } = await deps.scheduling.findRules(userId)
  const result = await saveRules({ ...deps, queue }, { userId, rules: some, versions: [String(version)] })
  expect(result).toMatchObject({ outcome: 'saved', stored: { rules: some, version: version + 1 } })
  expect(jobs).toEqual([{ name: 'schedule-recordings', payload: { userId } }])
})

test('rules that are stored already keep their version, whichever version the user named', async () => {
  const { deps, userId } = await schedulingWorld()
  const { stored } = (await saveRules(deps, { userId, rules: some, versions: null })) as { stored: { version: number } }
  const again = await saveRules(deps, { userId, rules: some, versions: [String(stored.version - 1)] })
  expect(again).toMatchObject({ outcome: 'saved', stored: { version: stored.version } })
})

test('rules with another version than the user named are kept', async () => {
  const { deps, userId } = await schedulingWorld()
  const { jobs, queue } = listening()
  await saveRules(deps, { userId, rules: some, versions: null })
  const result = await saveRules({ ...deps, queue }, { userId, rules: others, versions: ['0'] })
  expect(result).toMatchObject({ outcome: 'conflict', stored: { rules: some } })
  expect(jobs).toEqual([])
})

test('rules that cannot work are not stored', async () => {
  const { deps, userId } = await schedulingWorld()
  const before = await deps.scheduling.findRules(userId)
  const rules = RecordingRules.parse({ enabled: true, participants: { min: 5, max: 2 } })
  const result = await saveRules(deps, { userId, rules, versions: null })
  expect(result).toMatchObject({ outcome: 'impossible', problems: [{ path: 'participants.min' }] })
  expect(await deps.scheduling.findRules(userId)).toEqual(before)
})

test('somebody who is overtaken every time is told to try again later', async () => {
  const { deps, userId } = await schedulingWorld()
  const scheduling = { ...deps.scheduling, saveRules: async () => null }
  await expect(saveRules({ ...deps, scheduling }, { userId, rules: others, versions: null })).rejects.toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
  })
})
