import type { Socket } from 'node:net'
import { SeerError } from '@seer/core/basics/errors'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem, problemType, toDocument } from './problem.ts'
import { toProblem } from './to-problem.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Why this request failed if its caller is not to blame. It goes into the request's log line. */
    failure: unknown
  }
}

/** The one error handler: every error of every route leaves as a problem document. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendProblem(reply, judge(error, request))
}

/** Decides what the caller is told about an error. The log gets the rest. */
export function judge(error: unknown, request: FastifyRequest): Problem {
  const problem = toProblem(error)
  if (problem.statusCode >= 500) request.failure = rootOf(error)
  return problem
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const { id } = reply.request
  return reply
    .code(problem.statusCode)
    .headers({ ...problem.headers, 'x-request-id': id })
    .type(problemType)
    .serializer(JSON.stringify)
    .send(toDocument(problem, id))
}

/** The caller is told "The database cannot be reached". The log needs the reason. */
function rootOf(error: unknown): unknown {
  return error instanceof SeerError && error.cause ? error.cause : error
}

/** Answers what is not HTTP at all, before there is a request. */
export function handleClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const detail =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? 'The address or the headers are too long.'
      : 'The request is not valid HTTP, or came too slowly.'
  const body = JSON.stringify(toDocument(new Problem('BAD_REQUEST', { detail }), 'none'))
  const head = `HTTP/1.1 400 Bad Request\r\nContent-Type: ${problemType}\r\nContent-Length: ${Buffer.byteLength(body)}`
  socket.end(`${head}\r\nConnection: close\r\n\r\n${body}`)
}
