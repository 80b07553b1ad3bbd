import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { apiSettings, readApiSettings } from '../apps/api/src/config.ts'
import { readSettings, workerSettings } from '../apps/worker/src/config.ts'

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')

/** The lines `NAME: value`. Nothing else in these files is in capitals. `${NAME:-default}` becomes its default. */
function environmentOf(file: string): [name: string, value: string][] {
  return [...read(file).matchAll(/^ +([A-Z][A-Z0-9_]+): (.+)$/gm)].map(([, name = '', value = '']) => [
    name,
    value.replace(/\$\{\w+(?::-([^}]*)|:\?[^}]*)?\}/g, '$1'),
  ])
}

/** The part of a zod schema that is used here. */
type Field = { safeParse(value: unknown): { success: boolean } }
const fields: Record<string, Field> = { ...apiSettings.shape, ...workerSettings.shape }
const sandboxVariables = [...read('apps/sandbox/src/command-line.ts').matchAll(/'([A-Z_]+)'\)/g)].map(
  ([, name]) => `SANDBOX_${name}`,
)

/** The AWS SDK and the S3 server read these. */
const s3Variables = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'S3_BUCKET']

describe.each(['docker-compose.yml', 'docker-compose.production.yml'])('%s', (file) => {
  const environment = environmentOf(file)

  test('sets only variables that some process reads', () => {
    const names = environment.map(([name]) => name).filter((name) => !name.startsWith('POSTGRES_'))
    const known = [...Object.keys(fields), ...sandboxVariables, ...s3Variables]
    expect(names.length).toBeGreaterThan(3)
    expect(names.filter((name) => !known.includes(name))).toEqual([])
  })

  test('gives values that the processes accept', () => {
    // Without a default the value comes from .env, and docker compose refuses to start when it is missing.
    const given = environment.filter(([name, value]) => name in fields && value !== '')
    const refused = given.filter(([name, value]) => !fields[name]?.safeParse(value).success)
    expect(refused).toEqual([])
  })
})

/** Each service with its lines. */
function servicesOf(file: string): Map<string, string> {
  const [, services = ''] = read(file).split(/^services:\n/m)
  const blocks = services.split(/^ {2}(?=[a-z]+:$)/m).slice(1)
  return new Map(blocks.map((block) => [block.slice(0, block.indexOf(':')), block]))
}

describe('docker-compose.yml', () => {
  const values = new Map(environmentOf('docker-compose.yml'))
  const value = (name: string) => values.get(name)

  test('builds one image once', () => {
    expect(read('docker-compose.yml').match(/^ +build:/gm)).toHaveLength(1)
    expect(servicesOf('docker-compose.yml').get('migrate')).toContain('build: .')
  })

  test('starts each program itself', () => {
    const commands = [...servicesOf('docker-compose.yml')].map(([name, lines]) => [
      name,
      /command: \[node, (.+)\]/.exec(lines)?.[1],
    ])
    expect(Object.fromEntries(commands)).toMatchObject({
      api: 'apps/api/dist/main.js',
      worker: 'apps/worker/dist/main.js',
      sandbox: 'apps/sandbox/dist/main.js',
    })
    expect(read('Dockerfile')).toContain('CMD ["node", "apps/api/dist/main.js"]')
  })

  test('starts no program again and again with unusable settings', () => {
    const services = servicesOf('docker-compose.yml')
    for (const app of ['api', 'worker']) {
      expect(services.get('migrate')).toContain(`node apps/${app}/dist/main.js --check-settings`)
      expect(services.get(app)).toContain('depends_on: *after-migration')
    }
    for (const once of ['migrate', 'sandbox']) expect(services.get(once)).toContain("restart: 'no'")
    expect(read('docker-compose.yml')).toContain('migrate: { condition: service_completed_successfully }')
    // The same settings, in production as well.
    const production = servicesOf('docker-compose.production.yml')
    for (const name of ['migrate', 'api', 'worker']) {
      expect(production.get(name)).toContain('<<: *seer\n    environment: *environment')
    }
  })

  test('gives API and worker the same values where they must agree', () => {
    const environment = Object.fromEntries(values)
    expect(() => [readApiSettings(environment), readSettings(environment)]).not.toThrow()
  })

  test('gives sandbox and API the same key and secrets', () => {
    expect(value('SANDBOX_API_KEY')).toBe(value('MEETINGBAAS_API_KEY'))
    expect(value('SANDBOX_WEBHOOK_SECRET')).toBe(value('MEETINGBAAS_WEBHOOK_SECRET'))
    expect(value('SANDBOX_PUBLIC_URL')).toBe(value('MEETINGBAAS_API_URL'))
  })

  test('holds no secrets, except visibly fake ones', () => {
    const secrets = [...values].filter(([name]) => /KEYS?$|SECRET$|PASSWORD$|^DATABASE_URL$/.test(name))
    expect(secrets).toHaveLength(12)
    for (const [name, text] of secrets)
      expect([name, plain(name, text)]).toEqual([name, expect.stringContaining('not-a-secret')])
  })

  test('has nothing of the sandbox in production', () => {
    const production = new Map(environmentOf('docker-compose.production.yml'))
    const ofSandbox = [...values].filter(
      ([name, text]) => !name.startsWith('SANDBOX_') && /sandbox/.test(plain(name, text)),
    )
    expect(ofSandbox.length).toBeGreaterThan(5)
    expect(ofSandbox.filter(([name]) => !production.has(name))).toEqual([])
  })

  function plain(name: string, text: string): string {
    if (name === 'ENCRYPTION_KEYS') return Buffer.from(text, 'base64').toString()
    return text.startsWith('whsec_') ? Buffer.from(text.slice(6), 'base64').toString() : text
  }
})
