import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { apiSettings } from '../apps/api/src/config.ts'
import { workerSettings } from '../apps/worker/src/config.ts'

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')

/** `NAME: value` lines; nothing else in these files is spelled in capitals. `${NAME:-default}` becomes its default. */
function environmentOf(file: string): [name: string, value: string][] {
  return [...read(file).matchAll(/^ +([A-Z][A-Z0-9_]+): (.+)$/gm)].map(([, name = '', value = '']) => [
    name,
    value.replace(/\$\{\w+(?::-([^}]*)|:\?[^}]*)?\}/g, '$1'),
  ])
}

/** What is asked of a zod schema here. */
type Field = { safeParse(value: unknown): { success: boolean } }
const fields: Record<string, Field> = { ...apiSettings.shape, ...workerSettings.shape }
const sandboxVariables = [...read('apps/sandbox/src/command-line.ts').matchAll(/'([A-Z_]+)'\)/g)].map(
  ([, name]) => `SANDBOX_${name}`,
)

describe.each(['docker-compose.yml', 'docker-compose.production.yml'])('%s', (file) => {
  const environment = environmentOf(file)

  it('sets nothing that no process reads', () => {
    const names = environment.map(([name]) => name).filter((name) => !name.startsWith('POSTGRES_'))
    const known = [...Object.keys(fields), ...sandboxVariables]
    expect(names.length).toBeGreaterThan(3)
    expect(names.filter((name) => !known.includes(name))).toEqual([])
  })

  it('gives values that the processes accept', () => {
    // Without a default the value comes from .env, and docker compose refuses to start when it is missing.
    const given = environment.filter(([name, value]) => name in fields && value !== '')
    const refused = given.filter(([name, value]) => !fields[name]?.safeParse(value).success)
    expect(refused).toEqual([])
  })
})

describe('docker-compose.yml', () => {
  const value = (name: string) => new Map(environmentOf('docker-compose.yml')).get(name)

  it('lets sandbox and API agree', () => {
    expect(value('SANDBOX_API_KEY')).toBe(value('MEETINGBAAS_API_KEY'))
    expect(value('SANDBOX_WEBHOOK_SECRET')).toBe(value('MEETINGBAAS_WEBHOOK_SECRET'))
    expect(value('SANDBOX_PUBLIC_URL')).toBe(value('MEETINGBAAS_API_URL'))
  })

  it('holds no secret that does not say that it is none', () => {
    const plain = (text = '') => (text.startsWith('whsec_') ? Buffer.from(text.slice(6), 'base64').toString() : text)
    const secrets = ['MEETINGBAAS_API_KEY', 'MEETINGBAAS_WEBHOOK_SECRET', 'POSTGRES_PASSWORD', 'DATABASE_URL']
    for (const name of secrets) expect(plain(value(name))).toContain('not-a-secret')
  })
})
