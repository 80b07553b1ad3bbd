import type { Scope } from '@seer/core/people/caller'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifySchema,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { ProblemDocument, problemType } from './problems/problem.ts'
import { NoQuery } from './routes/query-fields.ts'

/** The part of the server whose routes have zod schemas, callers and limits. Routes are declared on it. */
export type ApiScope = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>

export const apiPrefix = '/api/meetingbaas'

/** Every success has this shape. */
export function dataOf<Schema extends z.ZodType>(data: Schema, description: string) {
  return z.object({ data }).meta({ description })
}

/** A page of a list. */
export function pageOf<Schema extends z.ZodType>(item: Schema, description: string) {
  return z
    .object({
      data: z.array(item),
      nextCursor: z
        .string()
        .optional()
        .meta({ description: 'Names the next page: send it with your next request. Absent on the last page.' }),
    })
    .meta({ description })
}

/** A success that is not JSON, but has one of these content types. */
export function contentOf<Schema extends z.ZodType>(
  types: readonly string[],
  schema: Schema,
  description: string,
): Schema {
  const content = Object.fromEntries(types.map((type) => [type, { schema }]))
  // The type provider and the reference know this form; the types of Fastify do not.
  return { description, content } as unknown as Schema
}

/** The answers of a route, together with the errors that every route may answer. */
export function answers<Responses extends Record<number, z.ZodType>>(responses: Responses) {
  return {
    ...responses,
    default: {
      description: 'An error; `code` says which.',
      content: { [problemType]: { schema: ProblemDocument } },
    },
  }
}

/**
 * Refuses a route that does not say who may use it, and writes that into the OpenAPI document. Routes below
 * `publicPath` come from a plugin, which cannot say so.
 */
export function demandAccessOnRoutes(app: ApiScope, { publicPath }: { publicPath: string }): void {
  app.addHook('onRoute', (route) => {
    const access = route.config?.access ?? (route.url.startsWith(publicPath) ? 'public' : undefined)
    if (!access) throw new Error(`The route ${String(route.method)} ${route.url} does not say who may use it.`)
    if (access === 'public') {
      route.config = { ...route.config, access, rateLimit: false }
      return
    }
    const schema: DocumentedSchema = route.schema ?? {}
    route.schema = {
      ...schema,
      security: [{ bearer: [] }, { apiKey: [] }, ...(route.config?.takesStreamToken ? [{ streamToken: [] }] : [])],
      description: `${schema.description ?? ''}\n\n${scopeText(access)}`.trim(),
    } as FastifySchema
  })
}

/**
 * On every route that declares no query fields, refuses requests that have some. Otherwise a typing error would go unnoticed:
 * `?staus=failed` would list everything. Routes below `publicPath` serve files, for which browsers and caches may add
 * fields of their own.
 */
export function refuseUnknownQueries(app: ApiScope, { publicPath }: { publicPath: string }): void {
  app.addHook('onRoute', (route) => {
    if (route.url.startsWith(publicPath) || route.schema?.querystring !== undefined) return
    route.schema = { ...route.schema, querystring: NoQuery } as FastifySchema
  })
}

type DocumentedSchema = FastifySchema & { description?: string }

function scopeText(scope: Scope): string {
  return `Needs an API key with the scope \`${scope}\`${scope === 'admin' ? '' : ' or a wider one'}.`
}
