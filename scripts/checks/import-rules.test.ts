import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

const direction = 'import-direction'
const uses = (specifier: string) => `import { x } from '${specifier}'\nexport const y = x\n`

/** A test for each row of a table, and one for each row of a table of groups. */
const inTable = (body: string) =>
  `import { expect, test } from 'vitest'\ntest.each([1, 2])('x%i', (n) => {\n  ${body}\n})\n`
const inGroup = (body: string) =>
  `import { describe, expect, test } from 'vitest'\ndescribe.each([1, 2])('x%i', (n) => {\n  ${body}\n})\n`
const branches = 'no-branches-in-tables'

/** One wrong file per row: its path, its code, and the rule that must object. */
const forbidden: [file: string, code: string, rule: string][] = [
  ['packages/core/src/meetings/a.ts', uses('pino'), direction],
  ['packages/core/src/meetings/b.ts', uses('node:fs'), direction],
  ['packages/core/src/meetings/c.ts', uses('@seer/infra/db/migrate'), direction],
  ['packages/core/src/meetings/d.ts', uses('../../../infra/src/db/migrate.ts'), direction],
  ['packages/core/src/meetings/e.ts', "export const late = () => import('fastify')\n", direction],
  ['packages/core/src/meetings/f.ts', "export { x } from 'undici'\n", direction],
  ['packages/core/src/meetings/g.ts', "export * from 'undici'\n", direction],
  ['packages/core/src/meetings/h.ts', "export type X = import('undici').Agent\n", direction],
  ['packages/core/src/meetings/i.ts', uses('../../testing/builders.ts'), direction],
  ['packages/core/src/meetings/l.ts', uses('../planning/draft.ts'), direction],
  ['packages/core/src/meetings/m.ts', "import type { X } from '../calendars/x.ts'\nexport type Y = X\n", direction],
  ['packages/core/src/attic/a.ts', uses('../basics/clock.ts'), direction],
  ['packages/core/src/meetings/j.ts', uses('vitest'), direction],
  ['packages/core/src/meetings/k.ts', 'export type X = { bot_name: string }\n', 'vendor-fields-at-home'],
  ['packages/core/src/vendor/bot-config.ts', 'export type X = { bot_id: string }\n', 'vendor-fields-at-home'],
  ['packages/infra/src/storage/a.ts', uses('@seer/api/routes'), direction],
  ['packages/infra/src/storage/b.ts', uses('../../../../apps/api/src/config.ts'), direction],
  ['packages/infra/src/storage/c.ts', uses('pg'), direction],
  ['packages/infra/src/storage/d.ts', uses('bullmq'), direction],
  ['packages/infra/src/storage/e.ts', uses('@aws-sdk/client-s3'), direction],
  ['apps/api/src/routes/s3.ts', uses('@aws-sdk/client-s3'), direction],
  ['apps/sandbox/src/s3/a.ts', uses('@aws-sdk/client-s3'), direction],
  ['packages/infra/src/db/a.ts', uses('bullmq'), direction],
  ['packages/infra/src/db/b.ts', uses('ioredis'), direction],
  ['packages/infra/src/db/c.ts', uses('fastify'), direction],
  ['packages/infra/src/queue/a.ts', uses('@prisma/client'), direction],
  ['packages/infra/src/queue/b.ts', uses('../db/generated/client.ts'), direction],
  ['packages/infra/src/queue/c.ts', 'export const read = (row: any) => row.meeting_url\n', 'vendor-fields-at-home'],
  ['packages/infra/src/queue/d.ts', "export const read = (row: any) => row['bot_id']\n", 'vendor-fields-at-home'],
  ['packages/infra/src/queue/e.ts', "export const body = { 'recording_mode': 1 }\n", 'vendor-fields-at-home'],
  ['apps/api/src/routes/i.ts', "export const body = { bot_id: 'b' }\n", 'vendor-fields-at-home'],
  ['packages/infra/src/queue/f.ts', 'export const url = process.env.REDIS_URL\n', 'environment-at-the-edge'],
  ['apps/api/src/routes/a.ts', uses('@seer/worker/handlers'), direction],
  ['apps/api/src/routes/b.ts', uses('../../../worker/src/handlers.ts'), direction],
  ['apps/api/src/routes/c.ts', uses('@meeting-baas/sdk'), direction],
  ['apps/api/src/routes/d.ts', "import type { Pool } from 'pg'\nexport type P = Pool\n", direction],
  ['apps/api/src/routes/e.ts', "export const key = process['env']['KEY']\n", 'environment-at-the-edge'],
  ['apps/api/src/routes/f.ts', uses('@seer/infra/testing/services'), direction],
  ['apps/worker/src/a.ts', uses('bullmq'), direction],
  ['apps/cli/src/a.ts', uses('@seer/sandbox/world'), direction],
  ['apps/sandbox/src/a.ts', uses('@seer/core/errors'), direction],
  ['apps/sandbox/src/b.ts', uses('../../../packages/infra/src/ids.ts'), direction],
  ['apps/sandbox/src/c.ts', uses('@meeting-baas/sdk'), direction],
  ['apps/api/src/a.test.ts', "import { vi } from 'vitest'\nvi.mock('./b.ts')\n", 'no-module-mocks'],
  ['apps/api/src/b.test.ts', "import { vi } from 'vitest'\nvi.doMock('./b.ts')\n", 'no-module-mocks'],
  ['apps/api/src/c.test.ts', "import { test } from 'vitest'\ntest.skip('x', () => {})\n", 'no-skipped-tests'],
  ['apps/api/src/d.test.ts', "import { describe } from 'vitest'\ndescribe.only('x', () => {})\n", 'no-skipped-tests'],
  ['apps/api/src/e.test.ts', "import { test } from 'vitest'\ntest.skipIf(true)('x', () => {})\n", 'no-skipped-tests'],
  ['apps/api/src/f.test.ts', inTable('if (n > 1) expect(n).toBe(2)'), branches],
  ['apps/api/src/g.test.ts', inTable('expect(n).toBe(n > 1 ? 2 : 1)'), branches],
  ['apps/api/src/h.test.ts', inTable('switch (n) {\n    case 1:\n      expect(n).toBe(1)\n  }'), branches],
  ['apps/api/src/i.test.ts', inTable('for (const m of [n]) if (m > 1) expect(m).toBe(2)'), branches],
  ['apps/api/src/j.test.ts', inGroup("test('y', () => {\n    if (n > 1) expect(n).toBe(2)\n  })"), branches],
  [
    'apps/api/src/routes/g.ts',
    'export const f = (work: () => Promise<void>) => {\n  work()\n}\n',
    'no-floating-promises',
  ],
  ['apps/api/src/routes/h.ts', 'export const f = (x: any) => x\n', 'no-explicit-any'],
  ['packages/core/src/meetings/cycle/a.ts', "import { b } from './b.ts'\nexport const a = () => b\n", 'no-cycle'],
  ['packages/core/src/meetings/cycle/b.ts', "import { a } from './a.ts'\nexport const b = () => a\n", 'no-cycle'],
  ['packages/infra/src/cycle/a.ts', "import type { B } from './b.ts'\nexport type A = { b: B }\n", 'no-cycle'],
  ['packages/infra/src/cycle/b.ts', "import type { A } from './a.ts'\nexport type B = { a: A }\n", 'no-cycle'],
]

/** Files that the same rules must allow. */
const allowed: [file: string, code: string][] = [
  ['packages/core/src/meetings/ok.ts', `${uses('zod')}export * from './more.ts'\nexport * from 'node:crypto'\n`],
  ['packages/core/src/meetings/more.ts', 'export const state = { waiting_room_timeout: true }\n'],
  ['packages/core/src/planning/ok.ts', uses('../meetings/more.ts')],
  ['packages/core/src/meetings/ok.test.ts', `${uses('../../testing/builders.ts')}export * from 'fast-check'\n`],
  ['packages/core/src/vendor/bot-config.test.ts', "export const config = { recording_mode: 'audio_only' }\n"],
  ['packages/core/testing/builders.ts', `${uses('vitest')}`],
  [
    'packages/infra/src/db/ok.ts',
    `${uses('pg')}export * from '@prisma/client'\nexport * from './generated/client.ts'\n`,
  ],
  ['packages/infra/src/db/row.ts', 'export type Row = { bot_name: string }\n'],
  [
    'packages/infra/src/queue/ok.ts',
    `${uses('bullmq')}export * from 'ioredis'\nexport * from '@seer/core/jobs/catalog'\n`,
  ],
  ['packages/infra/src/vendor/ok.ts', `${uses('@meeting-baas/sdk')}export type Bot = { bot_id: string }\n`],
  ['apps/api/src/routes/ok.ts', `${uses('fastify')}export * from '@seer/infra/db/migrate/migrate'\n`],
  ['apps/api/src/webhooks.test.ts', "export const body = { bot_id: 'b' }\n"],
  ['apps/api/src/config.ts', 'export const port = process.env.PORT\n'],
  ['apps/api/src/ok.test.ts', `${uses('@seer/infra/testing/services')}`],
  ['apps/api/src/table.test.ts', inTable('for (const m of [n]) expect(m).toBe(n)')],
  ['apps/api/src/group.test.ts', inGroup("const m = n > 1 ? 2 : 1\n  test('y', () => expect(m).toBe(n))")],
  ['apps/sandbox/src/ok.ts', `${uses('fastify')}export type Bot = { bot_id: string }\n`],
  ['apps/sandbox/src/ok.test.ts', `${uses('@meeting-baas/sdk')}`],
  ['bench/ok.ts', `${uses('bullmq')}`],
]

let folder: string
let findings: Map<string, string[]>

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'seer-lint-'))
  writeFileSync(
    join(folder, 'tsconfig.json'),
    '{ "compilerOptions": { "strict": true, "noEmit": true, "allowImportingTsExtensions": true } }',
  )
  for (const [file, code] of [...forbidden, ...allowed]) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), code)
  }
  findings = lint()
})
afterAll(() => rmSync(folder, { recursive: true }))

test.each(forbidden)('%s must not contain: %j', (file, _code, rule) => {
  expect(findings.get(file)).toContain(rule)
})

test.each(allowed)('%s may contain: %j', (file) => {
  expect(findings.get(file)).toBeUndefined()
})

type Diagnostic = { code: string; filename: string }

/** The rules that object, by file, from one run of the linter as in `npm test`. */
function lint(): Map<string, string[]> {
  const linter = join(root, 'node_modules/oxlint/bin/oxlint')
  const args = [linter, '--type-aware', '--config', join(root, '.oxlintrc.json'), '--format', 'json']
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
  if (!stdout.startsWith('{')) throw new Error(`The linter did not run: ${stdout}${stderr}`)
  const found = new Map<string, string[]>()
  for (const { code, filename } of (JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics) {
    const rule = /\((.+)\)/.exec(code)?.[1] ?? code
    found.set(filename, [...(found.get(filename) ?? []), rule])
  }
  return found
}
