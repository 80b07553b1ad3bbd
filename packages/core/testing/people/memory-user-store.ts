import type { ApiKeyStore } from '../../src/people/api-keys.ts'
import type { Caller } from '../../src/people/caller.ts'
import type { User, UserStore } from '../../src/people/user-store.ts'
import type { MemoryCalendarStores } from '../calendars/memory-calendar-store.ts'
import type { MemoryMeetingStore } from '../meetings/memory-meeting-store.ts'
import type { MemorySchedulingStore } from '../planning/memory-scheduling-store.ts'

type SharedStores = Pick<MemoryCalendarStores, 'tables'> & {
  meetings: Pick<MemoryMeetingStore, 'rows' | 'dropShares'>
  scheduling: Pick<MemorySchedulingStore, 'forget'>
}

export type MemoryUserStores = { users: UserStore; apiKeys: Pick<ApiKeyStore, 'add' | 'findCaller' | 'touch'> }

/** Users and their keys without a database; they pass the same contract suite as the store of users in Postgres. */
export function memoryUserStores({ tables, meetings, scheduling }: SharedStores): MemoryUserStores {
  const users = new Map<string, User>()
  const keys = new Map<string, Caller & { isRevoked: boolean }>()
  const named = (name: string) => [...users.values()].find((user) => user.name === name)
  const isInUse = (userId: string) =>
    [...meetings.rows(), ...tables.integrations.values()].some((row) => row.userId === userId)

  function forget(userId: string): void {
    for (const key of keys.values()) if (key.userId === userId) key.isRevoked = true
    for (const flow of tables.flows.values()) if (flow.userId === userId) tables.flows.delete(flow.stateHash)
    scheduling.forget(userId)
  }

  return {
    users: {
      async list() {
        return structuredClone([...users.values()].sort((a, b) => (a.name < b.name ? -1 : 1)))
      },
      async markDeleted(name, at) {
        const user = named(name)
        if (!user) return null
        user.deletedAt ??= at
        forget(user.id)
        return user.id
      },
      async listDeleted(limit) {
        const deleted = [...users.values()].filter(({ deletedAt }) => deletedAt)
        deleted.sort((a, b) => Number(a.deletedAt) - Number(b.deletedAt))
        return deleted.slice(0, limit).map(({ id }) => id)
      },
      async remove(userId) {
        if (users.get(userId)?.deletedAt && !isInUse(userId)) {
          forget(userId)
          meetings.dropShares(userId)
          users.delete(userId)
        }
        return !users.has(userId)
      },
    },
    apiKeys: {
      async add({ id, userName, newUserId, keyHash, scopes }) {
        const user = named(userName) ?? { id: newUserId, name: userName, createdAt: new Date(), deletedAt: null }
        if (user.deletedAt) return false
        users.set(user.id, user)
        keys.set(keyHash, { userId: user.id, userName, apiKeyId: id, scopes, isRevoked: false })
        return true
      },
      async findCaller(keyHash) {
        const key = keys.get(keyHash)
        if (!key || key.isRevoked || users.get(key.userId)?.deletedAt) return null
        const { isRevoked: _r, ...caller } = key
        return caller
      },
      async touch() {},
    },
  }
}
