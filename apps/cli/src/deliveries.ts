import { type DeliveryState, deliveryStates } from '@seer/core/log/deliveries/delivery'
import { deliverJob } from '@seer/core/log/deliveries/delivery-store'
import type { Endpoint } from '@seer/core/log/endpoints/endpoint'
import { type Command, InvalidArgumentError } from 'commander'
import { readId, readLimit, readTime } from './arguments.ts'
import { withDb, withQueue } from './with-db.ts'

type ListOptions = { state?: DeliveryState; since?: Date; limit: number; json?: boolean }
type RetryOptions = { endpoint?: string; since?: Date }

const sinceHelp = 'a time such as 2026-03-11T14:00Z, or how long ago: 90m, 6h, 3d'

/** `endpoints list`, `deliveries list | retry` */
export function addDeliveryCommands(program: Command): void {
  const endpoints = program.command('endpoints').description('Webhook endpoints, to which events are sent')
  endpoints
    .command('list')
    .description('List endpoints of all users, newest first, with how much waits for each.')
    .option('--user <name>', 'only those of this user')
    .option('--limit <n>', 'how many at most', readLimit, 100)
    .option('--json', 'print JSON')
    .action(listEndpoints)
  const deliveries = program.command('deliveries').description('Events that were sent to webhook endpoints')
  deliveries
    .command('list <endpointId>')
    .description('List deliveries to an endpoint, newest event first.')
    .option('--state <state>', `one of ${deliveryStates.join(', ')}`, readState)
    .option('--since <time>', `only deliveries that came into being since then: ${sinceHelp}`, readTime)
    .option('--limit <n>', 'how many at most', readLimit, 50)
    .option('--json', 'print JSON')
    .action(listDeliveries)
  deliveries
    .command('retry [id]')
    .description('Send again: one delivery by its id, or all to an endpoint that have failed since a time.')
    .option('--endpoint <id>', 'the endpoint')
    .option('--since <time>', `what has failed of deliveries since then: ${sinceHelp}`, readTime)
    .action(retry)
}

type EndpointOptions = { user?: string; limit: number; json?: boolean }

async function listEndpoints({ user: name, limit, json }: EndpointOptions): Promise<void> {
  const { found, pending, names } = await withDb(async (db) => {
    const users = await db.users.list()
    const user = users.find((each) => each.name === name)
    if (name !== undefined && !user) throw new Error(`There is no user ${name}.`)
    const found = await db.endpoints.listAll(limit, user?.id ?? null)
    const pending = await db.deliveries.countPending(found.map(({ id }) => id))
    return { found, pending, names: new Map(users.map(({ id, name }) => [id, name])) }
  })
  const rows = found.map((endpoint) => ({
    id: endpoint.id,
    user: endpoint.userId === null ? '(all users)' : (names.get(endpoint.userId) ?? endpoint.userId),
    bot: endpoint.botId ?? '',
    url: endpoint.url,
    events: endpoint.events.join(','),
    state: stateOf(endpoint),
    failingSince: endpoint.firstFailureAt?.toISOString() ?? '',
    pending: pending.get(endpoint.id) ?? 0,
  }))
  if (json) return console.log(JSON.stringify(rows))
  if (rows.length === 0) return console.log('There are no endpoints.')
  console.table(rows)
}

const stateOf = ({ state, disabledBecause }: Endpoint) =>
  disabledBecause === null ? state : `${state} (${disabledBecause})`

async function listDeliveries(text: string, { state, since, limit, json }: ListOptions): Promise<void> {
  const endpointId = readId(text)
  const found = await withDb(async (db) => {
    if (!(await db.endpoints.find(endpointId))) throw new Error(`There is no endpoint ${endpointId}.`)
    return await db.deliveries.list(endpointId, { ...(state ? { states: [state] } : {}), since }, null, limit)
  })
  if (json) return console.log(JSON.stringify(found))
  if (found.length === 0) return console.log('There are no such deliveries.')
  console.table(
    found.map((delivery) => ({
      id: delivery.id,
      position: delivery.position,
      event: delivery.type,
      state: delivery.state,
      attempts: delivery.attempts,
      last: delivery.lastProblem ?? delivery.lastStatus ?? '',
      next: delivery.dueAt?.toISOString() ?? '',
    })),
  )
}

async function retry(text: string | undefined, { endpoint, since }: RetryOptions): Promise<void> {
  const retried = await withQueue(async (db, queue) => {
    const now = new Date()
    if (text !== undefined) {
      const delivery = await db.deliveries.retry(readId(text), now)
      if (!delivery) throw new Error(`There is no delivery ${text}.`)
      await queue.wake([deliverJob(delivery.endpointId)])
      return 1
    }
    if (endpoint === undefined || since === undefined) {
      throw new Error('Name a delivery by its id, or give --endpoint and --since.')
    }
    const endpointId = readId(endpoint)
    if (!(await db.endpoints.find(endpointId))) throw new Error(`There is no endpoint ${endpointId}.`)
    const recovered = await db.deliveries.recover(endpointId, { since, until: null }, now)
    await queue.wake([deliverJob(endpointId)])
    return recovered
  })
  console.log(retried === 1 ? 'Sending 1 delivery again.' : `Sending ${retried} deliveries again.`)
}

function readState(text: string): DeliveryState {
  const state = deliveryStates.find((known) => known === text)
  if (!state) throw new InvalidArgumentError(`The state is one of ${deliveryStates.join(', ')}.`)
  return state
}
