import { errorCodes } from '@seer/core/basics/error-codes'
import type { FinishedConsent } from '@seer/core/calendars/connection/consent/oauth-consent'
import type { SetupOutcome } from '@seer/core/calendars/connection/setup-calendar'
import type { FastifyReply } from 'fastify'
import { judge, sendProblem } from '../../../problems/error-handler.ts'
import { isBrowser } from './consent-headers.ts'
import { type ConsentPage, sendPage } from './consent-page.ts'

/** Tells the app how a consent ended, or the user if the app named no page of its own. */
export function answerConsent(reply: FastifyReply, finished: FinishedConsent): FastifyReply {
  if ('setup' in finished) return succeed(reply, finished.redirectUrl, finished.setup)
  return fail(reply, finished.redirectUrl, finished.error)
}

function succeed(reply: FastifyReply, redirectUrl: string | null, setup: SetupOutcome): FastifyReply {
  if (redirectUrl === null) return sendPage(reply.code(200), pageOf(setup))
  const calendar = setup.outcome === 'connected' ? 'connected' : 'connecting'
  return redirect(reply, redirectUrl, { calendar, integrationId: setup.integration.id })
}

function fail(reply: FastifyReply, redirectUrl: string | null, error: unknown): FastifyReply {
  const { request } = reply
  const problem = judge(error, request)
  if (redirectUrl === null && !isBrowser(request)) return sendProblem(reply, problem)
  if (redirectUrl !== null) return redirect(reply, redirectUrl, { calendar: 'failed', code: problem.code })
  const sentences = [errorCodes[problem.code].title, `Code ${problem.code}, request ${request.id}.`]
  const page = { title: 'The calendar was not connected', sentences }
  return sendPage(reply.code(problem.statusCode).headers(problem.headers), page)
}

function redirect(reply: FastifyReply, redirectUrl: string, answer: Record<string, string>): FastifyReply {
  const url = new URL(redirectUrl)
  // The address may already have fields with these names, which Seer has not set.
  for (const name of ['calendar', 'integrationId', 'code']) url.searchParams.delete(name)
  for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value)
  return reply.code(302).header('location', url.href).send()
}

const providerNames = { google: 'Google', microsoft: 'Microsoft' } as const

function pageOf({ outcome, integration }: SetupOutcome): ConsentPage {
  const { name, accountEmail, provider } = integration
  const calendar = `${name ? `“${name}” of ` : ''}the ${providerNames[provider]} account ${accountEmail}`
  if (outcome === 'connected') {
    const sentences = [`The calendar ${calendar} is connected.`, 'You can close this page.']
    return { title: 'Calendar connected', sentences }
  }
  const sentences = [
    `The calendar ${calendar} will be connected in a moment. You need not wait.`,
    'You can close this page.',
  ]
  return { title: 'Calendar is being connected', sentences }
}
