import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createApiKeyFile } from './api-key.ts'

const env = { DATABASE_URL: 'postgresql://127.0.0.1:1/seer' }

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seer-test-key-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** A CLI whose first runs end with these exit codes. Then it makes a key that says how often the CLI ran. */
async function cliThatFirstExits(...codes: number[]): Promise<string[]> {
  const script = join(folder, 'cli.mjs')
  await writeFile(
    script,
    `import { appendFileSync, readFileSync } from 'node:fs'
    appendFileSync('${join(folder, 'asked')}', '.')
    const asked = readFileSync('${join(folder, 'asked')}', 'utf8').length
    const code = ${JSON.stringify(codes)}[asked - 1]
    if (code === undefined) console.log(JSON.stringify({ key: 'key-' + asked }))
    else console.error('Not now.')
    process.exitCode = code ?? 0`,
  )
  return [script]
}

const timesAsked = async () => (await readFile(join(folder, 'asked'), 'utf8')).length

describe('the key of a local installation', () => {
  test('is made once for each database', async () => {
    const [file, cli] = [join(folder, 'key'), await cliThatFirstExits()]
    expect([await createApiKeyFile(file, cli, env), await createApiKeyFile(file, cli, env)]).toEqual(['key-1', 'key-1'])
    expect(await createApiKeyFile(file, cli, { DATABASE_URL: 'postgresql://127.0.0.1:2/seer' })).toBe('key-2')
  })

  test('is made after more attempts while the database is too busy', async () => {
    const cli = await cliThatFirstExits(75, 75)
    expect(await createApiKeyFile(join(folder, 'key'), cli, env)).toBe('key-3')
  })

  test('is not made when something is wrong, and the error says what', async () => {
    const cli = await cliThatFirstExits(1)
    const made = createApiKeyFile(join(folder, 'key'), cli, env)
    await expect(made).rejects.toThrow('The API key could not be created: Not now.')
    expect(await timesAsked()).toBe(1)
  })

  test('is not waited for for ever', async () => {
    const cli = await cliThatFirstExits(75, 75)
    const made = createApiKeyFile(join(folder, 'key'), cli, env, { withinMs: 0 })
    await expect(made).rejects.toThrow('The API key could not be created: Not now.')
    expect(await timesAsked()).toBe(1)
  })
})
