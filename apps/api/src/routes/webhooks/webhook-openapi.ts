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
  summary: 'Receive an event from Meeting BaaS',
  description:
    'For Meeting BaaS, not for you. Enter this address in the dashboard of Meeting BaaS. A request must carry a signature (`svix-id`, `svix-timestamp`, `svix-signature`), a callback secret (`x-mb-secret`) or, for API v1, an API key (`x-meeting-baas-api-key`). The answer comes once the event is stored for good. PUT does the same.',
  requestBody: { required: true, content: { 'application/json': { schema: { type: 'object' } } } },
  responses: {
    200: {
      description: 'The event is stored, by this delivery or by an earlier one.',
      content: { 'application/json': { schema: received } },
    },
    400: problem('The body is not an event.'),
    401: problem('The request has no valid signature or secret.'),
    413: problem('The body is larger than 1 MB.'),
    503: problem('The event could not be stored; send it again.'),
  },
}

export function addWebhookPath<Document extends { paths?: object }>(document: Document): Document {
  return { ...document, paths: { ...document.paths, [`${apiPrefix}/webhooks`]: { post: operation } } }
}
