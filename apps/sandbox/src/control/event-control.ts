import type { FastifyInstance } from 'fastify'
import { type Edit, editAll, endAt, removeOne } from '../calendars/provider/edits.ts'
import type { SeriesFacts } from '../calendars/provider/series.ts'
import type { World } from '../world.ts'
import { ControlError, read } from './control-error.ts'
import { answerEdit, changeEdit, newFacts, restOf, statusEdit } from './event-edits.ts'
import { createEventSchema, listQuery, patchEventSchema, replaceSchema, targetSchema } from './event-schemas.ts'
import { applyEdit, findRawCalendar, findTarget, type Target } from './event-target.ts'
import { presentSource } from './present-calendars.ts'

const actions: Record<string, (target: Target) => Edit> = {
  cancel: () => statusEdit('cancelled'),
  restore: () => statusEdit('confirmed'),
  decline: (target) => answerEdit(ownerOf(target), 'declined'),
  accept: (target) => answerEdit(ownerOf(target), 'accepted'),
}

const ownerOf = ({ source }: Target): string => source.calendar.account.email

/**
 * Changes events in the providers' calendars: /sandbox/calendars/{calendar}/events. A calendar is named by the id of
 * its connection or by the provider's id. An event is named by the vendor's event id (one occurrence), by its series
 * id, or by the provider's id (both mean all occurrences).
 */
export function registerEventControl(app: FastifyInstance, world: World): void {
  const { accounts, calendars, clock } = world
  const calendarOf = (params: unknown) => findRawCalendar(world, (params as { id: string }).id)
  const targetOf = (
    params: unknown,
    options: { scope?: 'this' | 'all' | undefined; occurrence?: number | undefined },
  ) => findTarget(world, calendarOf(params), (params as { event: string }).event, options)

  /** Stores what the provider knows now, and lets the vendor hear of it. */
  const put = ({ source }: Target, facts: SeriesFacts) => {
    source.facts = facts
    calendars.providerChanged(source)
    return presentSource(world, source)
  }

  app.get('/sandbox/calendars/:id/events', (request) => {
    const { limit } = read(listQuery, request.query)
    const sources = [...calendarOf(request.params).series.values()]
    return { total: sources.length, events: sources.slice(-limit).map((source) => presentSource(world, source)) }
  })

  app.get('/sandbox/calendars/:id/events/:event', (request) =>
    presentSource(world, targetOf(request.params, {}).source),
  )

  app.post('/sandbox/calendars/:id/events', (request, reply) => {
    const calendar = calendarOf(request.params)
    const event = read(createEventSchema, request.body)
    const source = accounts.addSeries(calendar, newFacts(event, calendar.account.email, clock.now()))
    calendars.providerChanged(source)
    return reply.code(201).send(presentSource(world, source))
  })

  app.patch('/sandbox/calendars/:id/events/:event', (request) => {
    const { scope, occurrence, ...patch } = read(patchEventSchema, request.body)
    const target = targetOf(request.params, { scope, occurrence })
    return put(target, applyEdit(target, changeEdit(patch, target, ownerOf(target))))
  })

  for (const [action, edit] of Object.entries(actions)) {
    app.post(`/sandbox/calendars/:id/events/:event/${action}`, (request) => {
      const target = targetOf(request.params, read(targetSchema, request.body))
      return put(target, applyEdit(target, edit(target)))
    })
  }

  app.post('/sandbox/calendars/:id/events/:event/replace', (request, reply) => {
    const { from = clock.now(), old, ...patch } = read(replaceSchema, request.body)
    const target = targetOf(request.params, { scope: 'all' })
    const rest = restOf(target.source.facts, from)
    if (!rest) throw new ControlError(409, 'The series has no occurrence after that time.')
    const time = { start: rest.start, end: rest.start + rest.durationMs }
    const facts = editAll(rest, changeEdit(patch, time, ownerOf(target)))
    put(target, endAt(target.source.facts, from, old))
    const source = accounts.addSeries(target.source.calendar, facts)
    calendars.providerChanged(source)
    return reply.code(201).send(presentSource(world, source))
  })

  app.delete('/sandbox/calendars/:id/events/:event', (request) => {
    const target = targetOf(request.params, read(targetSchema, request.body))
    const { source, index, scope } = target
    if (scope === 'this' && source.facts.recurrence) return put(target, removeOne(source.facts, index))
    source.calendar.series.delete(source.id)
    calendars.providerChanged(source)
    return { sourceId: source.id, deleted: true }
  })
}
