import type { Endpoint } from '../../../src/log/endpoints/endpoint.ts'
import type { EndpointStore, EndpointViewer } from '../../../src/log/endpoints/endpoint-store.ts'

export type MemoryEndpointStore = EndpointStore & {
  rows: Map<string, Endpoint>
  /** When endpoints are due. */
  due: Map<string, Date>
  /** Events that endpoints get again, or although they became deliveries of others before. */
  replays: Map<string, { after: number; upTo: number }>
  /** What was told in the log. */
  entries: { endpointId: string; type: string; data: Record<string, unknown> }[]
}

/** @param isUser whether somebody is a user who stays */
export function memoryEndpointStore({ isUser }: { isUser?: (userId: string) => boolean } = {}): MemoryEndpointStore {
  const rows = new Map<string, Endpoint>()
  const due = new Map<string, Date>()
  const replays: MemoryEndpointStore['replays'] = new Map()
  const entries: MemoryEndpointStore['entries'] = []
  const tell = (endpointId: string, told: readonly { type: string; data: Record<string, unknown> }[]) =>
    entries.push(...told.map(({ type, data }) => ({ endpointId, type, data })))
  const isSeen =
    ({ userId, isOperator }: EndpointViewer) =>
    (endpoint: Endpoint) =>
      endpoint.userId === userId || (endpoint.userId === null && isOperator)
  const newest = (a: Endpoint, b: Endpoint) => Number(b.createdAt) - Number(a.createdAt) || (a.id < b.id ? 1 : -1)
  const copy = <Row>(row: Row): Row => structuredClone(row)
  function put(endpoint: Endpoint): Endpoint {
    const added = { ...endpoint, lastSeq: 1 }
    rows.set(endpoint.id, copy(added))
    tell(endpoint.id, [{ type: 'endpoint.created', data: {} }])
    return added
  }
  return {
    rows,
    due,
    replays,
    entries,
    async add(endpoint, most) {
      if (endpoint.userId !== null && isUser?.(endpoint.userId) === false) return 'no_user'
      const isCounted = ({ userId, botId }: Endpoint) => userId === endpoint.userId && botId === null
      if ([...rows.values()].filter(isCounted).length >= most) return 'too_many'
      put(endpoint)
      return 'added'
    },
    async addForBot(endpoint) {
      if (isUser?.(endpoint.userId) === false) return 'no_user'
      const same = ['userId', 'botId', 'url'] as const
      const known = [...rows.values()].find((row) => same.every((field) => row[field] === endpoint[field]))
      if (known) return copy(known)
      replays.set(endpoint.id, { after: endpoint.afterPosition, upTo: Number.POSITIVE_INFINITY })
      return put(endpoint)
    },
    find: async (endpointId) => copy(rows.get(endpointId) ?? null),
    findFor: async (viewer, endpointId) =>
      copy([rows.get(endpointId)].find((row) => row && isSeen(viewer)(row)) ?? null),
    listAll: async (limit, userId) =>
      copy(
        [...rows.values()]
          .filter((row) => userId === null || row.userId === userId)
          .sort(newest)
          .slice(0, limit),
      ),
    list: async (viewer, botId) =>
      copy([...rows.values()].filter((row) => isSeen(viewer)(row) && row.botId === botId).sort(newest)),
    // Memory knows no bots, and so none that have ended.
    listDone: async () => [],
    async save({ before, next, entries: told }) {
      const found = rows.get(before.id)
      if (!found || found.version !== before.version) return false
      const { id, userId, botId, createdAt, afterPosition, version } = found
      const lastSeq = before.lastSeq + told.length
      rows.set(id, copy({ ...next, id, userId, botId, createdAt, afterPosition, lastSeq, version: version + 1 }))
      if (found.state !== 'active' && next.state === 'active') due.set(id, next.updatedAt)
      tell(id, told)
      return true
    },
    async remove(endpointId) {
      if (!rows.delete(endpointId)) return false
      due.delete(endpointId)
      tell(endpointId, [{ type: 'endpoint.deleted', data: {} }])
      return true
    },
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
