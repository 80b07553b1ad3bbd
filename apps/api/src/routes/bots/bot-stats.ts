import { deliveryGrades } from '@seer/core/meetings/delivery/delivery'
import { failureCauses } from '@seer/core/meetings/failures/causes-of-failure'
import { botStats, outcomes } from '@seer/core/meetings/stats/bot-stats'
import { platforms } from '@seer/core/vendor/platform'
import { z } from 'zod'
import { callerOf, demandScope } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { timeField } from '../query-fields.ts'

const dayMs = 24 * 3_600_000
const defaultDays = 30
const mostDays = 366
const time = timeField()

const StatsQuery = z.strictObject({
  since: time.optional().meta({
    description: `Bots that joined, or were to join, at this time or later; ${defaultDays} days before \`until\` without it.`,
    examples: ['2030-01-01T00:00:00Z'],
  }),
  until: time.optional().meta({ description: 'And before this time; now without it.' }),
  all: z.enum(['0', '1']).default('0').meta({
    description: 'With 1, the bots of all users. Needs an API key with the scope `admin`.',
  }),
})

const counts = <Key extends string>(keys: readonly [Key, ...Key[]]) => z.partialRecord(z.enum(keys), z.int())

const Stats = z
  .object({
    since: z.iso.datetime(),
    until: z.iso.datetime(),
    total: z.int(),
    outcomes: counts(outcomes).meta({ description: '`open` are those that have not ended yet.' }),
    causes: counts(failureCauses).meta({ description: 'What failures were about, see [errors](/docs/errors).' }),
    codes: z.array(z.object({ code: z.string(), cause: z.enum(failureCauses), count: z.int() })),
    grades: counts(deliveryGrades).meta({ description: 'What finished bots delivered.' }),
    platforms: z.array(
      z.object({
        platform: z.enum(platforms),
        total: z.int(),
        outcomes: counts(outcomes),
        causes: counts(failureCauses),
      }),
    ),
    days: z
      .array(z.object({ day: z.iso.date(), total: z.int(), outcomes: counts(outcomes) }))
      .meta({ description: 'Days in UTC. Days without bots are left out.' }),
  })
  .meta({ id: 'BotStats' })

export function botStatsRoute(app: ApiScope, { db, policy, now }: Pick<ApiDeps, 'db' | 'policy' | 'now'>): void {
  app.route({
    method: 'GET',
    url: `${apiPrefix}/bots/stats`,
    config: { access: 'read' },
    schema: {
      tags: ['Bots'],
      summary: 'Count bots by what became of them',
      description: 'Counts the bots that you own or share by outcome, cause of failure, grade, platform and day.',
      querystring: StatsQuery,
      response: answers({ 200: dataOf(Stats, 'The counts.') }),
    },
    handler: async (request) => {
      const caller = callerOf(request)
      const ofAll = request.query.all === '1'
      if (ofAll) demandScope(caller, 'admin')
      const { since, until } = spanOf(request.query, now())
      const counted = { userId: ofAll ? null : caller.userId, since, until, lateAccess: policy.lateAccess }
      const stats = botStats(await db.botOutcomes.count(counted))
      return { data: { since: since.toISOString(), until: until.toISOString(), ...stats } }
    },
  })
}

/** @throws Problem VALIDATION_FAILED when the span is empty or longer than a year */
function spanOf({ since, until }: Pick<z.output<typeof StatsQuery>, 'since' | 'until'>, now: Date) {
  const end = until ?? now
  const start = since ?? new Date(end.getTime() - defaultDays * dayMs)
  const spanMs = end.getTime() - start.getTime()
  const message =
    spanMs <= 0
      ? 'must be before until'
      : spanMs > mostDays * dayMs
        ? `must be at most ${mostDays} days before until`
        : null
  if (message !== null) throw new Problem('VALIDATION_FAILED', { errors: [{ path: 'since', message }] })
  return { since: start, until: end }
}
