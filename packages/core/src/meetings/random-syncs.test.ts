/**
 * Random runs of which webhooks and syncs tell together: webhooks come late, twice, in any order or never, and between them
 * the vendor is asked how the bot stands, each time with a delay between the look and its being written. Whatever is
 * shown was true at some time, and what is shown next was true later.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runModel } from '../../testing/basics/model-runs.ts'
import { aMeeting, at, status } from '../../testing/meetings/builders.ts'
import { attempts } from '../../testing/meetings/legal-runs.ts'
import type { StatusFact } from '../vendor/facts.ts'
import type { Meeting } from './meeting.ts'
import { applyFact } from './status/bot-status.ts'

const mostCodes = 50
const seconds = (min: number, max: number) => fc.integer({ min, max })
const each = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { minLength: mostCodes, maxLength: mostCodes })

const story = fc.record({
  attempts,
  /** Whether the server announces a restart; how long a code and a restart take. */
  retrying: fc.boolean(),
  gaps: each(seconds(1, 240)),
  restartGap: fc.oneof(seconds(5, 20), seconds(150, 300)),
  /** How far the clocks of bot and server are from ours. */
  clocks: fc.record({ bot: seconds(-2, 2), server: seconds(-2, 2) }),
  webhooks: each(fc.record({ lost: fc.boolean(), delay: seconds(0, 400), again: fc.option(seconds(0, 900)) })),
  looks: fc.array(fc.record({ when: fc.nat(1_000), delay: seconds(0, 90) }), { maxLength: 6 }),
})
type Story = typeof story extends fc.Arbitrary<infer T> ? T : never

/** What was so from a time on, in seconds by our clock. */
type Truth = { code: string; from: number; run: number }

function truthOf({ attempts: [bad, good], retrying, gaps, restartGap }: Story): Truth[] {
  const truths: Truth[] = [{ code: 'queued', from: 0, run: 1 }]
  let from = 5
  for (const [i, codes] of [...bad, ...(good ? [good] : [])].entries()) {
    if (i > 0 && retrying) truths.push({ code: 'retrying', from: from - 1, run: i + 1 })
    for (const code of codes) {
      truths.push({ code, from, run: i + 1 })
      // Joining takes longer than the clocks differ; what follows may come at once.
      from += (gaps[truths.length % mostCodes] as number) + (code === 'joining_call' ? 10 : 0)
    }
    from += restartGap
  }
  return truths
}

type Step = { time: number } & ({ webhook: number } | { look: number; read: boolean })

/** Everything that reaches us, in the order of our clock. */
function stepsOf({ webhooks, looks }: Story, truths: Truth[]): Step[] {
  const steps: Step[] = truths.flatMap(({ from }, webhook) => {
    const { lost, delay, again } = webhooks[webhook % mostCodes] as Story['webhooks'][number]
    const times = lost ? [] : [from + delay, ...(again === null ? [] : [from + delay + again])]
    return times.map((time) => ({ time, webhook }))
  })
  const end = (truths.at(-1) as Truth).from + 120
  for (const [look, { when, delay }] of looks.entries()) {
    const time = 1 + Math.floor((when * end) / 1_000)
    steps.push({ time, look, read: true }, { time: time + delay, look, read: false })
  }
  return steps.sort((a, b) => a.time - b.time)
}

/** What the vendor was asked, and which of the truths it answered. */
type Look = { version: number; time: number; index: number }

function tell(story: Story) {
  const truths = truthOf(story)
  const { bot, server } = story.clocks
  const seenAt = (time: number) => truths.findLastIndex(({ from }) => from <= time)
  let meeting = aMeeting({ state: 'queued', meetingBaasId: 'bot' })
  const log: string[] = []
  let version = 0
  let [shown, newestRun] = [0, 1]
  const looks = new Map<number, Look>()

  function take(index: number, outcome: string, next: Meeting | undefined) {
    newestRun = Math.max(newestRun, (truths[index] as Truth).run)
    if (outcome !== 'applied' || !next) return
    meeting = next
    version += 1
    expect(meeting.run, `restarts that never were\n${log.join('\n')}\n`).toBeLessThanOrEqual(newestRun)
    if (story.restartGap > 100)
      expect(index, `the state goes backwards\n${log.join('\n')}\n`).toBeGreaterThanOrEqual(shown)
    shown = index
  }
  function apply(index: number, fact: StatusFact, now: number) {
    const decision = applyFact(meeting, fact, at(0, now))
    log.push(
      `${now} ${fact.code} of ${(truths[index] as Truth).from} ${fact.at ? 'told' : 'seen'}: ${decision.outcome}`,
    )
    take(index, decision.outcome, 'next' in decision ? decision.next : undefined)
  }
  function look(index: number, seenAt: number) {
    const { code, from } = truths[index] as Truth
    apply(index, status(code, null, { notedAt: at(0, from + server) }), seenAt)
  }
  for (const step of stepsOf(story, truths)) {
    if ('webhook' in step) {
      const { code, from } = truths[step.webhook] as Truth
      const isServers = code === 'queued' || code === 'retrying'
      apply(step.webhook, status(code, at(0, from + (isServers ? server : bot))), step.time)
    } else if (step.read) {
      looks.set(step.look, { version, time: step.time, index: seenAt(step.time) })
    } else {
      const { index, time, version: seenVersion } = looks.get(step.look) as Look
      // As sync-bot does: what came since counts for more.
      if (version === seenVersion) look(index, time)
    }
  }
  const later = (truths.at(-1) as Truth).from + 2_000
  look(truths.length - 1, later)
  return { meeting, truth: truths.at(-1) as Truth, log }
}

test('2,000 random runs, told by webhooks and syncs: no false restart, no way back, and the truth in the end', async () => {
  await runModel(
    fc.property(story, (story) => {
      const { meeting, truth, log } = tell(story)
      expect(meeting.vendorStatus, log.join('\n')).toBe(truth.code)
    }),
    { runs: 2_000 },
  )
})
