import { apiPrefix } from '../../api-scope.ts'
import { problemType } from '../../problems/problem.ts'

const received = {
  type: 'object',
  properties: {
    data: { type: 'object', properties: { received: { type: 'boolean' }, duplicate: { type: 'boolean' } } },
  },
}
const problem = (description: string) => ({
  description,
  content: { [problemType]: { schema: { $ref: '#/components/schemas/Problem' } } },
})

/** The webhook route has no zod schema (webhook-reader.ts checks bodies), so its description is written by hand. */
const operation = {
  tags: ['Webhooks'],
  summary: 'Take an event of Meeting BaaS',
  description:
    'For Meeting BaaS, not for you: the address to enter in its dashboard. Authenticated by signature (`svix-id`, `svix-timestamp`, `svix-signature`), by callback secret (`x-mb-secret`) or, for API v1, by API key (`x-meeting-baas-api-key`). Answers once the event is stored for good. PUT does the same.',
  requestBody: { required: true, content: { 'application/json': { schema: { type: 'object' } } } },
  responses: {
    200: {
      description: 'The event is stored, now or by an earlier delivery.',
      content: { 'application/json': { schema: received } },
    },
    400: problem('The body is not an event.'),
    401: problem('No valid signature or secret.'),
    413: problem('The body is larger than 1 MB.'),
    503: problem('The event could not be stored; send it again.'),
  },
}

export function addWebhookPath<Document extends { paths?: object }>(document: Document): Document {
  return { ...document, paths: { ...document.paths, [`${apiPrefix}/webhooks`]: { post: operation } } }
}
