import { entryData } from '@seer/core/log/entry-data'
import { allTypes } from '@seer/core/log/feed/type-patterns'
import { z } from 'zod'

const schemasOf = entryData as Record<string, Record<string, z.ZodType>>

/** The JSON Schema of the data of a type. Its fields may become more, so it is open. */
function dataSchema(kind: string, type: string): object {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(schemasOf[kind]?.[type] as z.ZodType)
  return JSON.parse(JSON.stringify(schema), (_key, value) => {
    const isSchema = value !== null && typeof value === 'object' && !Array.isArray(value)
    return isSchema && value.additionalProperties === false ? withoutClosing(value) : value
  })
}

function withoutClosing({ additionalProperties: _closed, ...schema }: Record<string, unknown>): object {
  return schema
}

function webhookOf({ kind, type }: { kind: string; type: string }) {
  const event = {
    allOf: [
      { $ref: '#/components/schemas/Event' },
      { type: 'object', properties: { type: { const: type }, data: dataSchema(kind, type) } },
    ],
  }
  const body = {
    type: 'object',
    required: ['type', 'timestamp', 'data'],
    properties: { type: { const: type }, timestamp: { type: 'string', format: 'date-time' }, data: event },
  }
  return {
    post: {
      tags: ['Events'],
      summary: type,
      description: `About \`${kind}\`. Signed as [webhooks](/docs/webhooks) says; what it means is in [events](/docs/events).`,
      requestBody: { required: true, content: { 'application/json': { schema: body } } },
      responses: { '2XX': { description: 'You have it. Any other answer is tried again.' } },
    },
  }
}

/** Adds what Seer sends to endpoints to the OpenAPI document, one webhook for each type of event. */
export function addOutgoingWebhooks<Document extends object>(document: Document): Document {
  const webhooks = Object.fromEntries(allTypes.map((typed) => [typed.type, webhookOf(typed)]))
  return { ...document, webhooks }
}
