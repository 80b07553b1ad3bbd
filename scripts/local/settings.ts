import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Secrets of one local installation. Made at the first start and kept, so that a restart can read the stored data. */
export type LocalSettings = {
  /** The key that the sandbox accepts. */
  sandboxApiKey: string
  webhookSecret: string
  callbackSecret: string
  /** For ENCRYPTION_KEYS. */
  encryptionKey: string
}

const secret = () => randomBytes(32).toString('base64')

function freshSettings(): LocalSettings {
  return {
    sandboxApiKey: `local-sandbox-${randomBytes(12).toString('hex')}`,
    webhookSecret: `whsec_${secret()}`,
    callbackSecret: `local-callback-${randomBytes(24).toString('hex')}`,
    encryptionKey: secret(),
  }
}

/**
 * Other users may pass through the folder: when root starts Seer, an unprivileged PostgreSQL has its data inside. The
 * secret files in it are protected one by one.
 */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o711 })
}

/** Reads `settings.json` in the folder. Adds settings that an older version did not have. */
export async function localSettings(folder: string): Promise<LocalSettings> {
  const file = join(folder, 'settings.json')
  const kept = await readFile(file, 'utf8').then(JSON.parse, () => ({}))
  const settings = { ...freshSettings(), ...kept }
  await writePrivate(file, `${JSON.stringify(settings, null, 2)}\n`)
  return settings
}

/** Writes a file that only the user who runs Seer can read. */
export async function writePrivate(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600 })
}
