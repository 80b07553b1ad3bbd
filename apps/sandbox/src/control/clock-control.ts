import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { iso } from '../time.ts'
import type { World } from '../world.ts'
import { ControlError, read } from './control-error.ts'

/** A higher speed is of no use: this one plays a day in under nine seconds. */
const fastest = 10_000

const clockSchema = z.strictObject({
  speed: z.number().min(0).max(fastest).optional(),
  jumpTo: z.iso
    .datetime({ offset: true })
    .transform((text) => Date.parse(text))
    .optional(),
  advanceSeconds: z.number().min(0).optional(),
})

const limitsSchema = z.strictObject({
  tokens: z.number().min(0).optional(),
  dailyCap: z.int().min(0).optional(),
  rateLimit: z.int().min(0).optional(),
})

/** /sandbox/clock, /sandbox/settings, /sandbox/limits and /sandbox/reset. */
export function registerClockControl(app: FastifyInstance, world: World): void {
  const { clock } = world
  const state = () => ({ now: iso(clock.now()), speed: clock.speed, realNow: iso(world.settings.realNow()) })

  app.get('/sandbox/clock', state)

  app.post('/sandbox/clock', async (request) => {
    const { speed, jumpTo, advanceSeconds } = read(clockSchema, request.body)
    if (jumpTo !== undefined && advanceSeconds !== undefined) {
      throw new ControlError(400, 'Give either jumpTo or advanceSeconds, not both.')
    }
    if (jumpTo !== undefined && jumpTo < clock.now()) {
      throw new ControlError(400, `The clock never goes back; it is ${iso(clock.now())}.`)
    }
    if (speed !== undefined) clock.setSpeed(speed)
    if (jumpTo !== undefined) await clock.jumpTo(jumpTo)
    if (advanceSeconds !== undefined) await clock.advance(advanceSeconds * 1000)
    return state()
  })

  // The page sends its own requests with this key. Whoever can read it can do everything without a key anyway.
  app.get('/sandbox/settings', () => {
    const { apiKey, plan } = world.settings
    return { apiKey: apiKey ?? null, meetingSeconds: plan.timings.meeting }
  })

  app.get('/sandbox/limits', () => limits(world))

  app.post('/sandbox/limits', (request) => {
    const { tokens, dailyCap, rateLimit } = read(limitsSchema, request.body)
    if (tokens !== undefined) world.account.limits.tokens = tokens
    if (dailyCap !== undefined) world.account.limits.dailyCap = dailyCap || Number.POSITIVE_INFINITY
    if (rateLimit !== undefined) world.limiter.limit = rateLimit || Number.POSITIVE_INFINITY
    return limits(world)
  })

  app.post('/sandbox/reset', () => {
    world.reset()
    return state()
  })
}

/** 0 means "no limit", as in the options. */
function limits({ account, limiter }: World) {
  const zeroIfUnlimited = (limit: number) => (Number.isFinite(limit) ? limit : 0)
  const { tokens, dailyCap } = account.limits
  return { tokens, dailyCap: zeroIfUnlimited(dailyCap), rateLimit: zeroIfUnlimited(limiter.limit) }
}
