import { type Decision, decided } from '../../rules/decision.ts'
import type { CalendarEvent } from '../../vendor/calendar-event.ts'
import { isBooker } from '../carry-out/bots-by-event.ts'
import type { Gathering } from '../decide-gathering.ts'
import type { Draft } from '../draft.ts'
import { isSameJoinTime } from '../join-time.ts'
import { type Booking, byStart } from '../same-gathering.ts'
import { admit, type Capacity, inOverfullDay } from './admit.ts'

/** A bot that the plan would send, and that has not started. */
export type PlannedBot = {
  gathering: Gathering
  event: CalendarEvent
  joinAt: number
  /** Booked, and to stay as it is. */
  isStanding: boolean
  /** Other users have the bot, too: giving it up frees no place. */
  isShared: boolean
  importance: number[]
}

/** The bots of a draft. */
export function botsOf(draft: Draft): PlannedBot[] {
  return draft.gatherings.flatMap((gathering) => botFor(gathering, draft) ?? [])
}

/**
 * Takes back the decisions that go beyond the capacity, the least important first. A bot in a gathering stays. After
 * that the order is: overrides, gatherings that the user organises, bots that are booked already, earlier begin.
 *
 * A booked bot gives way only to more important bots of the same user. If too many are booked already, by other users
 * or under a larger plan, it stays and the vendor decides. Otherwise every user would give way, and then all would come
 * back.
 */
export function limitBots(draft: Draft, { botsPerDay, taken }: Capacity): void {
  const bots = botsOf(draft).sort(byImportance)
  const others = taken.map(Number)
  const standing = bots.filter(({ isStanding }) => isStanding)
  const isOverfull = inOverfullDay(joinTimesOf(standing), others, botsPerDay)
  const kept = new Set(standing.filter(({ isShared }, i) => isShared || isOverfull[i]))
  const contenders = bots.filter((bot) => !kept.has(bot))
  const admitted = admit(joinTimesOf(contenders), [...others, ...joinTimesOf([...kept])], botsPerDay)
  const refused = contenders.filter((_, i) => !admitted[i])
  for (const { id } of refused.flatMap(({ gathering }) => gathering.events))
    draft.decisions.set(id, capped(draft.decisions.get(id) as Decision))
}

const joinTimesOf = (bots: readonly PlannedBot[]): number[] => bots.map(({ joinAt }) => joinAt)

function capped({ reasons }: Decision): Decision {
  const others = reasons.filter(({ code }) => code !== 'shared_with_bot')
  return decided('capacity', false, [{ code: 'daily_cap' }, ...others])
}

/** Null when the gathering needs no bot of its own, or its bot has started: a started bot counts in any case. */
function botFor(gathering: Gathering, { decisions, leadMinutes, now }: Draft): PlannedBot | null {
  const event = gathering.events.find(({ id }) => isBooker(decisions.get(id)))
  if (!event) return null
  const isOurs = ({ eventId }: Booking) => gathering.events.some(({ id }) => id === eventId)
  // A bot of another event of the gathering goes to this event.
  const booking = gathering.bookings.find(({ eventId }) => eventId === event.id) ?? gathering.bookings.find(isOurs)
  if (booking?.hasStarted) return null
  const planned = new Date(+event.startTime - leadMinutes * 60_000)
  const isStanding = booking !== undefined && isSameJoinTime(booking.joinsAt, planned, now)
  const joinAt = isStanding ? +booking.joinsAt : Math.max(+planned, +now)
  const isDue = isStanding && joinAt <= +now
  const isOverridden = decisions.get(event.id)?.by !== 'rules'
  // A bot that moves comes before new bots, but does not take the place of a bot that stays.
  const hold = isStanding ? 2 : Number(booking !== undefined)
  const isShared = booking?.isShared ?? false
  return {
    gathering,
    event,
    joinAt,
    isStanding,
    isShared,
    importance: [+isDue, +isOverridden, +event.isOrganizer, hold],
  }
}

function byImportance(a: PlannedBot, b: PlannedBot): number {
  const level = a.importance.findIndex((value, i) => value !== b.importance[i])
  return level === -1 ? byStart(a.event, b.event) : (b.importance[level] as number) - (a.importance[level] as number)
}
