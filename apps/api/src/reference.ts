import { readFileSync } from 'node:fs'
import fastifySwagger from '@fastify/swagger'
import fastifySwaggerUi from '@fastify/swagger-ui'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { ApiScope } from './api-scope.ts'
import { addOutgoingWebhooks } from './routes/events/outgoing-webhooks.ts'
import { addWebhookPath } from './routes/webhooks/webhook-openapi.ts'
import { tidyOpenApi } from './tidy-openapi.ts'

export const referencePath = '/docs'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

const description = `Records meetings on Zoom, Google Meet and Microsoft Teams through Meeting BaaS.

**API keys** say who calls. Send yours as \`Authorization: Bearer seer_…\` or as \`X-Api-Key: seer_…\`. An operator makes
keys with \`npm run seer -- keys create\`.

**Errors** are \`application/problem+json\` (RFC 9457) with a stable \`code\`; [the list of codes](/docs/errors) says
what each one means and what to do about it.

**Repeating** a POST is safe when you send an \`Idempotency-Key\`: you get the first answer again.

**Limits**: the headers \`RateLimit-Limit\`, \`RateLimit-Remaining\` and \`RateLimit-Reset\` say how many requests your key may
make, how many are left, and in how many seconds the count starts again. When none are left the answer is 429, and
\`Retry-After\` says how many seconds to wait.`

/** Collects the routes that are declared afterwards into the OpenAPI document. */
export async function describeRoutes(app: ApiScope, { baseUrl }: { baseUrl: string }): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Seer', version, description },
      // The reference page sends its requests to the first one, so that is the server that the page comes from.
      servers: [
        { url: '/', description: 'This server' },
        { url: baseUrl, description: 'This server, as others reach it' },
      ],
      tags: [
        { name: 'Bots', description: 'Bots, their timelines and their recordings' },
        { name: 'Events', description: 'Everything that happened, in order; see [events](/docs/events)' },
        { name: 'Transcripts', description: 'What was said, and search in it; see [recordings](/docs/recordings)' },
        { name: 'Data', description: 'Deleting what bots recorded, and keeping it' },
        { name: 'Calendars', description: 'Users’ calendars and their events' },
        {
          name: 'Recording',
          description: 'Which events are recorded, and why; see [how Seer decides](/docs/rules)',
        },
        { name: 'Endpoints', description: 'Where Seer sends events; see [webhooks](/docs/webhooks)' },
        { name: 'Webhooks', description: 'What Meeting BaaS sends to Seer' },
        { name: 'Operations', description: 'For the people who run the service' },
      ],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
          streamToken: { type: 'apiKey', in: 'query', name: 'token' },
        },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: (input) => addOutgoingWebhooks(tidyOpenApi(addWebhookPath(jsonSchemaTransformObject(input)))),
  })
}

/** `GET /openapi.json` and the page that shows it. */
export async function serveReference(app: ApiScope): Promise<void> {
  let document: string | undefined
  app.route({
    method: 'GET',
    url: '/openapi.json',
    config: { access: 'public' },
    schema: { hide: true },
    handler: async (_request, reply) => {
      document ??= JSON.stringify(app.swagger())
      return reply
        .type('application/json; charset=utf-8')
        .serializer((text: string) => text)
        .send(document)
    },
  })
  await app.register(fastifySwaggerUi, {
    routePrefix: referencePath,
    uiConfig: { docExpansion: 'list', persistAuthorization: false, validatorUrl: null },
    // The bar at the top is for loading other documents.
    theme: { title: 'Seer API', css: [{ filename: 'seer.css', content: '.swagger-ui .topbar { display: none }' }] },
  })
}
