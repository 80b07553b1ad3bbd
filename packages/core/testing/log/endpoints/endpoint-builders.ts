import { randomUUID } from 'node:crypto'
import { soundHealth } from '../../../src/log/deliveries/health.ts'
import type { Endpoint } from '../../../src/log/endpoints/endpoint.ts'
import { at } from '../../meetings/builders.ts'

/** An active endpoint that wants everything. */
export function anEndpoint(changes: Partial<Endpoint> = {}): Endpoint {
  return {
    id: randomUUID(),
    userId: randomUUID(),
    botId: null,
    url: 'https://app.example.com/seer',
    description: null,
    events: ['*'],
    filter: {},
    headerNames: [],
    sealedHeaders: null,
    sealedSecret: 'v1.aaaaaaaa.sealed',
    sealedOldSecret: null,
    oldSecretUntil: null,
    state: 'active',
    disabledBecause: null,
    disabledAt: null,
    afterPosition: 0,
    ...soundHealth,
    lastSeq: 0,
    version: 0,
    createdAt: at(0),
    updatedAt: at(0),
    ...changes,
  }
}
