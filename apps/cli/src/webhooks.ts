import type { InboxEntry, InboxFilter } from '@seer/core/webhooks/inbox-admin'
import { redactBody } from '@seer/core/webhooks/redact-body'
import { replayWebhookEvents } from '@seer/core/webhooks/replay-webhook-events'
import { type Command, InvalidArgumentError } from 'commander'
import { readId, readLimit, readTime } from './arguments.ts'
import { withDb, withQueue } from './with-db.ts'

type ListOptions = { state?: InboxEntry['state']; type?: string; since?: Date; limit: number; json?: boolean }
type ReplayOptions = { since?: Date; state: InboxEntry['state'] | 'any' }

const states = ['received', 'processed', 'failed'] as const

/** `webhooks list | show | replay` */
export function addWebhookCommands(program: Command): void {
  const webhooks = program.command('webhooks').description('Webhooks that were received')
  webhooks
    .command('list')
    .description('List received events, newest first. `--state failed` shows the dead letters.')
    .option('--state <state>', `one of ${states.join(', ')}`, readState)
    .option('--type <event>', 'only events of this type, such as bot.completed')
    .option(
      '--since <time>',
      'only events received since then: a time such as 2026-03-11T14:00Z, or how long ago: 90m, 6h, 3d',
      readTime,
    )
    .option('--limit <n>', 'how many at most', readLimit, 50)
    .option('--json', 'print JSON')
    .action(listEvents)
  webhooks
    .command('show <id>')
    .description('Show one event with its body; secrets and link signatures are masked.')
    .action(showEvent)
  webhooks
    .command('replay [id]')
    .description('Process events again: one by its id, or all since a time. Safe to repeat.')
    .option(
      '--since <time>',
      'all events received since then: a time such as 2026-03-11T14:00Z, or how long ago: 90m, 6h, 3d',
      readTime,
    )
    .option('--state <state>', `only events in this state: ${states.join(', ')} or any`, readReplayState, 'failed')
    .action(replayEvents)
}

async function listEvents({ state, type: eventType, since, limit, json }: ListOptions): Promise<void> {
  const events = await withDb((db) => db.inboxAdmin.list({ state, eventType, since }, null, limit))
  if (json) return console.log(JSON.stringify(events))
  if (events.length === 0) return console.log('There are no such events.')
  console.table(
    events.map((event) => ({
      id: event.id,
      received: event.receivedAt.toISOString(),
      event: event.eventType,
      state: event.state,
      outcome: event.outcome ?? '',
      error: event.error?.slice(0, 60) ?? '',
    })),
  )
}

async function showEvent(text: string): Promise<void> {
  const id = readId(text)
  const event = await withDb((db) => db.inboxAdmin.show(id))
  if (!event) throw new Error(`There is no event ${id}.`)
  const body = event.body === null ? '[removed after its retention time]' : redactBody(event.body)
  console.log(JSON.stringify({ ...event, body }, null, 2))
}

async function replayEvents(text: string | undefined, { since, state }: ReplayOptions): Promise<void> {
  const replayed = await withQueue((db, queue) => {
    const deps = { inbox: db.inboxAdmin, queue, now: () => new Date() }
    return replayWebhookEvents(deps, filterFor(text, since, state))
  })
  if (replayed === 0 && text !== undefined) {
    throw new Error(`There is no event ${text}, or its body has been removed after its retention time.`)
  }
  console.log(replayed === 1 ? 'Started 1 event again.' : `Started ${replayed} events again.`)
}

function filterFor(id: string | undefined, since: Date | undefined, state: ReplayOptions['state']) {
  if (id !== undefined) return { id: readId(id) }
  if (since === undefined) throw new Error('Name an event by its id, or give --since.')
  const filter: InboxFilter = state === 'any' ? { since } : { since, state }
  return filter
}

function readState(text: string): InboxEntry['state'] {
  const state = states.find((known) => known === text)
  if (!state) throw new InvalidArgumentError(`The state is one of ${states.join(', ')}.`)
  return state
}

function readReplayState(text: string): ReplayOptions['state'] {
  return text === 'any' ? 'any' : readState(text)
}
