import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { platforms } from '../bots/platform.ts'
import { artifacts, fileStates, languages, type Results, transcripts } from '../bots/results.ts'
import { quirks, scenarios, type Timings } from '../bots/scenarios.ts'
import { faultSchema } from '../faults/fault.ts'
import type { World } from '../world.ts'
import { ControlError, notFound, read } from './control-error.ts'

const seconds = z.number().min(0).max(86_400).optional()
const timingNames = [
  'pickup',
  'join',
  'admit',
  'startRecording',
  'meeting',
  'refusal',
  'crash',
  'retry',
  'upload',
  'transcription',
] as const satisfies readonly (keyof Timings)[]
const timingsSchema = z.strictObject(
  Object.fromEntries(timingNames.map((name) => [name, seconds])) as Record<keyof Timings, typeof seconds>,
)

const resultsSchema = z
  .strictObject({
    languages: z.array(z.enum(languages)).min(1),
    transcript: z.enum(transcripts),
    files: z.partialRecord(z.enum(artifacts), z.enum(fileStates)),
    videoBytes: z.int().min(0).max(100e9),
  } satisfies Record<keyof Results, unknown>)
  .partial()

const scenarioSchema = z.strictObject({
  meetingUrl: z.string().min(1).optional(),
  botId: z.uuid().optional(),
  botName: z.string().min(1).optional(),
  platform: z.enum(platforms).optional(),
  scenario: z.enum(scenarios).optional(),
  meetingMinutes: z.number().positive().max(1440).optional(),
  timings: timingsSchema.optional(),
  participants: z.array(z.string().min(1)).max(500).optional(),
  chatDisabled: z.boolean().optional(),
  quirks: z.array(z.enum(quirks)).optional(),
  results: resultsSchema.optional(),
  times: z.int().min(1).optional(),
})

/** Rules for what will happen: /sandbox/scenarios and /sandbox/faults. */
export function registerRuleControl(app: FastifyInstance, world: World): void {
  app.get('/sandbox/scenarios', () => ({
    scenarios,
    quirks,
    languages,
    transcripts,
    fileStates,
    rules: world.scenarios.rules,
  }))

  app.post('/sandbox/scenarios', (request, reply) => {
    const body = read(scenarioSchema, request.body)
    const { meetingUrl, botId, botName, platform, meetingMinutes, timings, ...outcome } = body
    if (botId !== undefined && world.bots.get(botId)) {
      throw new ControlError(409, 'This bot is already on its way; steer it by /sandbox/bots/{id}/{action}.')
    }
    const meeting = meetingMinutes === undefined ? {} : { meeting: meetingMinutes * 60 }
    const rule = world.scenarios.add({
      ...outcome,
      match: { meetingUrl, botId, botName, platform },
      timings: { ...meeting, ...timings },
    })
    return reply.code(201).send(rule)
  })

  app.get('/sandbox/faults', () => ({ faults: world.faults.all }))

  app.post('/sandbox/faults', (request, reply) =>
    reply.code(201).send(world.faults.add(read(faultSchema, request.body))),
  )

  for (const [path, rules, what] of [
    ['/sandbox/scenarios', world.scenarios, 'scenario rule'],
    ['/sandbox/faults', world.faults, 'fault'],
  ] as const) {
    app.delete(`${path}/:id`, (request, reply) => {
      if (!rules.remove((request.params as { id: string }).id)) throw notFound(what)
      return reply.code(204).send()
    })
    app.delete(path, (_request, reply) => {
      rules.clear()
      return reply.code(204).send()
    })
  }
}
