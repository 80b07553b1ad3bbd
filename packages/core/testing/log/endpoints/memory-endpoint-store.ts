import type { Endpoint } from '../../../src/log/endpoints/endpoint.ts'
import type { EndpointStore, EndpointViewer } from '../../../src/log/endpoints/endpoint-store.ts'

export type MemoryEndpointStore = EndpointStore & { rows: Map<string, Endpoint> }

/** @param isUser whether somebody is a user who stays */
export function memoryEndpointStore({ isUser }: { isUser?: (userId: string) => boolean } = {}): MemoryEndpointStore {
  const rows = new Map<string, Endpoint>()
  const isSeen =
    ({ userId, isOperator }: EndpointViewer) =>
    (endpoint: Endpoint) =>
      endpoint.userId === userId || (endpoint.userId === null && isOperator)
  const newest = (a: Endpoint, b: Endpoint) => Number(b.createdAt) - Number(a.createdAt) || (a.id < b.id ? 1 : -1)
  const copy = <Row>(row: Row): Row => structuredClone(row)
  return {
    rows,
    async add(endpoint, most) {
      if (endpoint.userId !== null && isUser?.(endpoint.userId) === false) return 'no_user'
      if ([...rows.values()].filter(({ userId }) => userId === endpoint.userId).length >= most) return 'too_many'
      rows.set(endpoint.id, copy(endpoint))
      return 'added'
    },
    find: async (endpointId) => copy(rows.get(endpointId) ?? null),
    findFor: async (viewer, endpointId) =>
      copy([rows.get(endpointId)].find((row) => row && isSeen(viewer)(row)) ?? null),
    list: async (viewer) => copy([...rows.values()].filter(isSeen(viewer)).sort(newest)),
    async save(before, next) {
      const { id, userId, createdAt, version } = rows.get(before.id) ?? before
      if (!rows.has(id) || version !== before.version) return false
      rows.set(id, copy({ ...next, id, userId, createdAt, version: version + 1 }))
      return true
    },
    remove: async (endpointId) => rows.delete(endpointId),
    async listStale(sealedPrefix, afterId, limit) {
      const isStale = (sealed: string | null) => sealed !== null && !sealed.startsWith(sealedPrefix)
      const found = [...rows.values()].filter((row) =>
        [row.sealedSecret, row.sealedOldSecret, row.sealedHeaders].some(isStale),
      )
      const sorted = found.filter(({ id }) => afterId === null || id > afterId).sort((a, b) => (a.id < b.id ? -1 : 1))
      return copy(sorted.slice(0, limit))
    },
  }
}
