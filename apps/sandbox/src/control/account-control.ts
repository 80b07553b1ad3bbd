import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { authVerdicts, calendarPlatforms } from '../calendars/provider/provider-account.ts'
import type { World } from '../world.ts'
import { ControlError, notFound, read } from './control-error.ts'
import { presentAccount } from './present-calendars.ts'

const rawCalendarSchema = z.strictObject({
  id: z.string().min(1).optional(),
  name: z.string().min(1),
  isPrimary: z.boolean().optional(),
})

const accountSchema = z.strictObject({
  platform: z.enum(calendarPlatforms),
  email: z.email().toLowerCase(),
  tokens: z.array(z.string().min(1)).optional(),
  calendars: z.array(rawCalendarSchema).min(1).optional(),
})

const accountPatch = z.strictObject({
  auth: z.enum(authVerdicts).optional(),
  push: z.boolean().optional(),
  /** Whether the vendor finds out at once, or only when it next needs the provider. */
  noticed: z.boolean().default(true),
})

const tokenSchema = z.strictObject({
  platform: z.enum(calendarPlatforms),
  token: z.string().min(1),
  auth: z.enum(authVerdicts),
})

/** The accounts at Google and Microsoft and what their OAuth servers say: /sandbox/accounts and /sandbox/tokens. */
export function registerAccountControl(app: FastifyInstance, world: World): void {
  const { accounts, calendars } = world
  const find = (params: unknown) => {
    const account = accounts.get((params as { id: string }).id)
    if (!account) throw notFound('account')
    return account
  }

  app.get('/sandbox/accounts', () => ({ accounts: accounts.all.map((account) => presentAccount(world, account)) }))

  app.get('/sandbox/accounts/:id', (request) => presentAccount(world, find(request.params)))

  app.post('/sandbox/accounts', (request, reply) => {
    const { platform, email, ...options } = read(accountSchema, request.body)
    const account = accounts.add(platform, email, options)
    if (!account) throw new ControlError(409, `There is an account of ${email} at ${platform}.`)
    return reply.code(201).send(presentAccount(world, account))
  })

  app.patch('/sandbox/accounts/:id', (request) => {
    const account = find(request.params)
    const { auth, push, noticed } = read(accountPatch, request.body)
    if (push !== undefined) account.push = push
    if (auth !== undefined) account.auth = auth
    const connected = account.calendars.map((calendar) => calendars.ofCalendar(calendar))
    for (const connection of connected) if (connection && auth !== undefined && noticed) calendars.check(connection)
    return presentAccount(world, account)
  })

  app.post('/sandbox/tokens', (request) => {
    const { platform, token, auth } = read(tokenSchema, request.body)
    accounts.judgeToken(platform, token, auth)
    return { platform, token, auth }
  })
}
