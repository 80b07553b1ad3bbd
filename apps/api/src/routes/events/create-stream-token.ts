import { z } from 'zod'
import { callerOf, demandScope } from '../../access/authentication.ts'
import { signStreamToken } from '../../access/stream-token.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { knownPattern, subjectField } from './event-query.ts'

const TokenOrder = z
  .strictObject({
    expiresIn: z.int().min(1).max(900).default(300).meta({ description: 'For how many seconds the token is valid.' }),
    types: z
      .array(knownPattern)
      .min(1)
      .max(50)
      .optional()
      .meta({ description: 'Only events of these types, as in the feed.', examples: [['bot.*']] }),
    subject: subjectField().optional(),
    allUsers: z.boolean().default(false).meta({
      description: 'Whether it is for the events of all users. Needs a key with the scope `admin`.',
    }),
  })
  .meta({ id: 'StreamTokenOrder', example: { types: ['bot.*'] } })

const StreamToken = z
  .object({
    token: z.string().meta({ description: 'Send it as `?token=`.' }),
    expiresAt: z.iso.datetime(),
    expiresIn: z.int().meta({ description: 'Seconds from now, for browsers whose clock is wrong.' }),
    position: z.int().meta({
      description: 'The newest position now. Begin with it as `after` to get only what happens from now on.',
    }),
  })
  .meta({ id: 'StreamToken' })

type Deps = Pick<ApiDeps, 'db' | 'tokenSigner' | 'now'>

export function createStreamTokenRoute(app: ApiScope, deps: Deps): void {
  app.route({
    method: 'POST',
    url: `${apiPrefix}/stream-tokens`,
    config: { access: 'read', tellsSecret: true },
    schema: {
      tags: ['Events'],
      summary: 'Make a token for a browser',
      description:
        'Browsers cannot send an API key with a stream, and should not have one. Your server makes such a token for them. It is good for nothing but reading events. It is valid until it expires, even if its API key is revoked before.',
      body: TokenOrder,
      response: answers({ 201: dataOf(StreamToken, 'The token.') }),
    },
    handler: async (request, reply) => {
      const { userId, userName, apiKeyId } = callerOf(request)
      const { expiresIn, types = null, subject = null, allUsers } = request.body
      if (allUsers) demandScope(callerOf(request), 'admin')
      if (!deps.tokenSigner) throw new Problem('SECRETS_NOT_CONFIGURED', { detail: noSigner })
      const expiresAt = deps.now().getTime() + expiresIn * 1_000
      const claims = { userId, userName, apiKeyId, all: allUsers, types, subject, expiresAt }
      const { newest: position } = await deps.db.feed.number()
      const token = signStreamToken(deps.tokenSigner, claims)
      const data = { token, expiresAt: new Date(expiresAt).toISOString(), expiresIn, position }
      return reply.code(201).header('cache-control', 'no-store').send({ data })
    },
  })
}

const noSigner =
  'Stream tokens are signed with the keys of ENCRYPTION_KEYS, and the operator of this installation has not set it.'
