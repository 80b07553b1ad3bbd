import type { Random } from '../random.ts'
import { type Fault, isRequestFault, type NotificationFault, type RequestFault } from './fault.ts'

/** An active fault. `seen` counts its matches, `struck` how often it took effect. */
export type ActiveFault = { readonly id: string; readonly fault: Fault; seen: number; struck: number }

/** After one of these, another fault has nothing left to do. */
const settlingKinds: readonly Fault['kind'][] = ['status', 'redirect', 'timeout_before', 'reset', 'drop']

export type RequestFacts = { method: string; path: string }
export type NotificationFacts = {
  channel: 'webhook' | 'callback'
  event: string
  status: string | null
  botId: string | null
  calendarId: string | null
}

/** The active faults, and the dice that decide when they strike. */
export class FaultBook {
  readonly #random: Random
  #faults: ActiveFault[] = []
  #created = 0
  readonly #listeners: ((fault: Fault) => void)[] = []

  constructor(random: Random) {
    this.#random = random
  }

  get all(): readonly ActiveFault[] {
    return this.#faults
  }

  add(fault: Fault): ActiveFault {
    const active = { id: `fault_${++this.#created}`, fault, seen: 0, struck: 0 }
    this.#faults.push(active)
    return active
  }

  remove(id: string): boolean {
    return this.#remove((active) => active.id === id)
  }

  clear(): void {
    this.#remove(() => true)
  }

  /** Calls the listener for each fault that is removed, for what it still holds up. */
  onRemoved(listener: (fault: Fault) => void): void {
    this.#listeners.push(listener)
  }

  #remove(isMeant: (active: ActiveFault) => boolean): boolean {
    const removed = this.#faults.filter(isMeant)
    this.#faults = this.#faults.filter((active) => !removed.includes(active))
    for (const { fault } of removed) for (const listener of this.#listeners) listener(fault)
    return removed.length > 0
  }

  /** The faults that strike this request. Each use is counted. */
  strikeRequest(facts: RequestFacts): RequestFault[] {
    if (this.#faults.length === 0) return []
    return this.#strike((fault): fault is RequestFault => isRequestFault(fault) && matchesRequest(fault, facts))
  }

  /** The faults that strike this notification. Each use is counted. */
  strikeNotification(facts: NotificationFacts): NotificationFault[] {
    if (this.#faults.length === 0) return []
    return this.#strike(
      (fault): fault is NotificationFault => !isRequestFault(fault) && matchesNotification(fault, facts),
    )
  }

  /** The oldest fault first, up to the first settling one. A fault after that would be used up without an effect. */
  #strike<Kind extends Fault>(matches: (fault: Fault) => fault is Kind): Kind[] {
    const struck: Kind[] = []
    for (const active of this.#faults) {
      const { fault } = active
      if (!matches(fault) || !this.#rolls(active)) continue
      struck.push(inItsTurn(fault, active.struck))
      if (settlingKinds.includes(fault.kind)) break
    }
    return struck
  }

  #rolls(active: ActiveFault): boolean {
    const { skip, times, probability } = active.fault
    active.seen += 1
    if (active.seen <= skip || active.struck >= (times ?? Number.POSITIVE_INFINITY)) return false
    if (probability < 1 && this.#random() >= probability) return false
    active.struck += 1
    return true
  }
}

/** The fault as it strikes for the `struck`th time. */
function inItsTurn<Kind extends Fault>(fault: Kind, struck: number): Kind {
  if (fault.kind !== 'status' || !Array.isArray(fault.status)) return fault
  return { ...fault, status: fault.status[(struck - 1) % fault.status.length] }
}

function matchesRequest(fault: RequestFault, { method, path }: RequestFacts): boolean {
  if (fault.match.method !== undefined && fault.match.method !== method) return false
  return fault.match.path === undefined || pathPattern(fault.match.path).test(path)
}

function pathPattern(pattern: string): RegExp {
  const escaped = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${escaped.join('.*')}${pattern.includes('*') ? '$' : ''}`)
}

function matchesNotification(fault: NotificationFault, facts: NotificationFacts): boolean {
  const { channel, event, status, botId, calendarId } = fault.match
  if (channel !== undefined && channel !== facts.channel) return false
  if (event !== undefined && event !== facts.event) return false
  if (status !== undefined && status !== facts.status) return false
  if (calendarId !== undefined && calendarId !== facts.calendarId) return false
  return botId === undefined || botId === facts.botId
}
