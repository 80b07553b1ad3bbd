import { deserialize, serialize } from 'node:v8'
import type { Bot } from '../bots/bot.ts'
import { awaitRetranscription } from '../bots/retranscription.ts'
import type { Connection } from '../calendars/connection.ts'
import { SortedList } from '../calendars/sorted-list.ts'
import type { Timer } from '../clock/timer-queue.ts'
import type { World } from '../world.ts'

/** Changes when the kept data changes its shape. A snapshot of another version is refused. */
const version = 2

const dayMs = 24 * 3600_000

type Kept = ReturnType<typeof partsOf>

/**
 * Everything that survives a restart, as one graph of objects: bots, bookings, accounts, calendars and their
 * notifications. Rules, faults, limits and endpoints begin as the options say.
 */
export function takeSnapshot(world: World): Buffer {
  const timers = setTimersAside(world)
  try {
    return serialize({ ...partsOf(world), version, dueOf: timers.dueOf })
  } finally {
    timers.putBack()
  }
}

/**
 * Goes on from a snapshot, in a new world. Running meetings go on where they were.
 * @throws {Error} when it cannot be read, or is of another version
 */
export function restoreSnapshot(world: World, bytes: Uint8Array): void {
  const kept = deserialize(bytes) as Kept
  if (kept.version !== version) throw new Error('it was written by another version')
  world.account.restore(kept.account)
  world.accounts.restore(kept.accounts)
  world.presigner.restore(kept.signingKey)
  for (const delivery of kept.deliveries) {
    if (delivery.state === 'pending') Object.assign(delivery, { state: 'failed', notes: [...delivery.notes, stopped] })
    world.log.add(delivery)
  }
  for (const bot of kept.bots) restoreBot(world, bot, kept.dueOf.get(bot.id))
  for (const store of ['schedules', 'eventSchedules'] as const) {
    for (const booking of kept[store]) {
      world[store].add(booking)
      if (booking.status === 'scheduled') world.fleet.armLaunch(booking)
    }
  }
  for (const connection of kept.connections) world.calendars.restore(withInstances(connection))
}

const stopped = 'The sandbox was stopped.'

function partsOf(world: World) {
  return {
    version,
    account: world.account.kept(),
    accounts: world.accounts.kept(),
    signingKey: world.presigner.kept(),
    deliveries: [...world.log.all],
    bots: [...world.bots.newerFrom(0)],
    schedules: [...world.schedules.soonestFirst()],
    eventSchedules: [...world.eventSchedules.soonestFirst()],
    connections: [...world.calendars.list.all()],
    /** When the next step of a bot is due, virtual ms. */
    dueOf: new Map<string, number>(),
  }
}

/** Timers hold functions, which cannot be kept. Only their due times are. */
function setTimersAside(world: World) {
  const bots = [...world.bots.newerFrom(0)].map((bot) => [bot, bot.script.timer] as const)
  const bookings = [...world.schedules.soonestFirst(), ...world.eventSchedules.soonestFirst()]
  const launches = bookings.map((booking) => [booking, booking.launch] as const)
  const set = (timerOf: (timer: Timer | undefined) => Timer | undefined) => {
    for (const [bot, timer] of bots) bot.script.timer = timerOf(timer)
    for (const [booking, timer] of launches) booking.launch = timerOf(timer)
  }
  set(() => undefined)
  const pending = bots.flatMap(([bot, timer]) => (timer && !timer.cancelled ? [[bot.id, timer.time] as const] : []))
  return { dueOf: new Map(pending), putBack: () => set((timer) => timer) }
}

function restoreBot(world: World, bot: Bot, dueAt: number | undefined): void {
  const { bots, clock, lifecycle, settings } = world
  bots.add(bot)
  if (dueAt !== undefined) lifecycle.resume(bot, dueAt)
  awaitRetranscription(clock, bot)
  if (bot.endedAt !== null) {
    clock.at(bot.endedAt + settings.retentionDays * dayMs, () => {
      bot.artifactsDeleted = true
    })
  }
}

/** Builds the list of a connection's events again from its series. */
function withInstances(connection: Connection): Connection {
  const instances: Connection['instances'] = new SortedList((instance) => instance.start)
  for (const { instances: ofSeries } of connection.series.values()) for (const one of ofSeries) instances.add(one)
  return Object.assign(connection, { instances })
}
