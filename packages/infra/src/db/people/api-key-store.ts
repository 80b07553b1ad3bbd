import type { ApiKey, ApiKeyStore } from '@seer/core/people/api-keys'
import type { Scope } from '@seer/core/people/caller'
import { LRUCache } from 'lru-cache'
import type { PrismaClient } from '../generated/client.ts'

/** `last_used_at` is exact only to this time, so that a request costs no write. */
const touchEveryMs = 60_000
/** How many keys are remembered. A forgotten key only costs an extra write. */
const keysRemembered = 10_000

/** API keys, with Prisma (ADR 3). */
export function openApiKeyStore(prisma: PrismaClient): ApiKeyStore {
  const touched = new LRUCache<string, number>({ max: keysRemembered })
  return {
    async add({ userName, newUserId, ...key }) {
      const user = await prisma.user.upsert({
        where: { name: userName },
        create: { id: newUserId, name: userName },
        update: {},
      })
      if (user.deletedAt) return false
      await prisma.apiKey.create({ data: { ...key, userId: user.id } })
      return true
    },
    async findCaller(keyHash, now) {
      const key = await prisma.apiKey.findUnique({ where: { keyHash }, include: { user: true } })
      if (!key || key.user.deletedAt || key.revokedAt || (key.expiresAt && key.expiresAt <= now)) return null
      return { userId: key.userId, userName: key.user.name, apiKeyId: key.id, scopes: key.scopes as Scope[] }
    },
    async touch(apiKeyId, now) {
      if ((touched.get(apiKeyId) ?? 0) > now.getTime() - touchEveryMs) return
      touched.set(apiKeyId, now.getTime())
      await prisma.apiKey.update({ where: { id: apiKeyId }, data: { lastUsedAt: now } })
    },
    async list(userName) {
      const rows = await prisma.apiKey.findMany({
        where: userName === null ? {} : { user: { name: userName } },
        include: { user: true },
        orderBy: { createdAt: 'asc' },
      })
      return rows.map(toApiKey)
    },
    async revoke(idOrPrefix, now) {
      const isId = /^[0-9a-f-]{36}$/i.test(idOrPrefix)
      const where = isId ? { id: idOrPrefix } : { prefix: idOrPrefix }
      const { count } = await prisma.apiKey.updateMany({
        where: { ...where, revokedAt: null },
        data: { revokedAt: now },
      })
      return count > 0
    },
  }
}

type Row = Omit<ApiKey, 'userName' | 'scopes'> & { user: { name: string }; scopes: string[] }

function toApiKey({ id, user, prefix, label, scopes, createdAt, expiresAt, lastUsedAt, revokedAt }: Row): ApiKey {
  const named = { userName: user.name, scopes: scopes as Scope[] }
  return { id, prefix, label, createdAt, expiresAt, lastUsedAt, revokedAt, ...named }
}
