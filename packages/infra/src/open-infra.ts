import type { SecretCipher } from '@seer/core/basics/secret-cipher'
import type { Policy } from '@seer/core/planning/policy'
import type { Storage } from '@seer/core/recordings/storage'
import type { VendorAccounts } from '@seer/core/vendor/vendor-accounts'
import { newClosing } from './closing.ts'
import { policyOf } from './config/infra-settings.ts'
import { openSecretCipher } from './crypto/open-secret-cipher.ts'
import { newId } from './ids.ts'
import type { Logger } from './observe/logger.ts'
import { openStores, type Stores } from './open-stores.ts'
import { openStorage } from './storage/open-storage.ts'
import { openVendors, type VendorSettings } from './vendor/open-vendors.ts'

/** What API, worker and CLI work with, wired from their settings. */
export type Infra = Pick<Stores, 'db' | 'queue'> & {
  vendors: VendorAccounts
  /** Without ENCRYPTION_KEYS it refuses to seal and to open. */
  cipher: SecretCipher
  policy: Policy
  /** Where recordings are kept. */
  storage: Storage
  /** Time between two syncs of a calendar. */
  syncEveryMs: number
  newId: () => string
  now: () => Date
  /** Closes everything, the last opened first. What cannot be closed goes into the log. */
  close(): Promise<void>
}

/** Opens everything. Nothing connects yet, so a program starts while the database is down and can say so. */
export function openInfra(settings: VendorSettings, log: Logger): Infra {
  const closing = newClosing((error) => log.error({ err: error }, 'infra.close_failed'))
  const { db, queue, close } = openStores(settings, { log })
  closing.add(close)
  const vendors = openVendors(settings, db.vendorLimits, log)
  closing.add(vendors.close)
  const storage = openStorage(settings)
  closing.add(storage.close)
  return {
    db,
    queue,
    vendors,
    cipher: openSecretCipher(settings.ENCRYPTION_KEYS),
    policy: policyOf(settings),
    storage,
    syncEveryMs: settings.CALENDAR_SYNC_MINUTES * 60_000,
    newId,
    now: () => new Date(),
    close: closing.close,
  }
}
