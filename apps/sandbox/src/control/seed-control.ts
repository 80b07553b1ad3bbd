import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { calendarPlatforms } from '../calendars/provider/provider-account.ts'
import { seedCalendars, touchEvents } from '../calendars/seed.ts'
import type { World } from '../world.ts'
import { read } from './control-error.ts'

const share = z.number().min(0).max(1)

const seedSchema = z.strictObject({
  calendars: z.int().min(1).max(100_000),
  eventsPerCalendar: z.int().min(0).max(10_000).default(50),
  recurringShare: share.default(0.5),
  linkShare: share.default(0.8),
  platform: z.enum(calendarPlatforms).default('google'),
  prefix: z
    .string()
    .regex(/^[a-z0-9.-]+$/)
    .default('seed'),
  announce: z.boolean().default(false),
})

const touchSchema = z.strictObject({ share: share.default(0.1), announce: z.boolean().default(false) })

/** Many calendars at once, for load tests: /sandbox/calendars/seed and /touch. They ignore the limit of connections. */
export function registerSeedControl(app: FastifyInstance, world: World): void {
  app.post('/sandbox/calendars/seed', (request, reply) => {
    const plan = read(seedSchema, request.body)
    const seeded = seedCalendars({ ...world, now: world.clock.now() }, plan)
    const events = seeded.reduce((sum, { instances }) => sum + instances.size, 0)
    const first = seeded[0]?.id ?? null
    return reply.code(201).send({ calendars: seeded.length, events, firstCalendarId: first })
  })

  app.post('/sandbox/calendars/touch', (request) => {
    const { share: part, announce } = read(touchSchema, request.body)
    return { touched: touchEvents(world, part, announce) }
  })
}
