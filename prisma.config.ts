import { defineConfig } from 'prisma/config'

// Only `prisma generate`, `validate` and `format` run through the CLI; packages/infra/src/db/migrate/migrate.ts migrates.
export default defineConfig({ schema: 'prisma/schema.prisma', migrations: { path: 'prisma/migrations' } })
