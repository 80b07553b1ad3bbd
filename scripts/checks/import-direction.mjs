/**
 * Which file may import what, as two tables. A package's own manifest prevents most wrong imports already. The tables
 * also cover the rooms inside a package, and relative paths that lead out of a package.
 */

const tests = /\.test\.ts$|\/testing\/|^test\/|^bench\/|^vitest\.config\.ts$/
const development = /^(scripts|test|bench)\//

/** npm packages that only some folders may use. Type imports count, too. */
const packageRules = [
  {
    imports: /^bullmq(\/|$)/,
    only: [/^packages\/infra\/(src|testing)\/queue\//, /^bench\//],
    message: 'BullMQ stays in packages/infra/src/queue; others enqueue through the catalog of jobs.',
  },
  {
    imports: /^ioredis(\/|$)/,
    only: [/^packages\/infra\/src\/(queue|rate-limit)\//, /^packages\/infra\/testing\//, development],
    message: 'Redis is an affair of the queue and of rate limits, in packages/infra/src.',
  },
  {
    imports: /^(@prisma\/|prisma\/)/,
    only: [/^packages\/infra\/(src|testing)\/db\//, /^prisma\.config\.ts$/],
    message: 'Prisma and its types stop inside packages/infra/src/db.',
  },
  {
    imports: /^pg(\/|-|$)/,
    only: [/^packages\/infra\/src\/(db|queue)\//, /^packages\/infra\/testing\//, development],
    message: 'SQL lives in packages/infra/src/db.',
  },
  {
    imports: /^@meeting-baas\/sdk(\/|$)/,
    only: [
      /^packages\/infra\/(src|testing)\/vendor\//,
      /^apps\/sandbox\/src\/.*\.test\.ts$/,
      /^apps\/sandbox\/testing\//,
    ],
    message: "Only packages/infra/src/vendor knows the vendor's SDK; core has the ports in packages/core/src/vendor.",
  },
  {
    imports: /^@aws-sdk\//,
    only: [/^packages\/infra\/src\/storage\/s3\//, /^apps\/sandbox\/src\/s3\/.*\.test\.ts$/],
    message: 'Only packages/infra/src/storage/s3 knows S3; others use the port in packages/core/src/recordings.',
  },
  {
    imports: /^(fastify|@fastify\/|@bull-board\/|fastify-)/,
    only: [/^apps\/(api|worker|sandbox)\//, /^bench\//],
    message: 'HTTP is an affair of the apps.',
  },
  {
    imports: /^(vitest|fast-check)(\/|$)/,
    only: [tests],
    message: 'Test tools are for tests.',
  },
]

/** What a folder may import. `inside` is where its relative imports must stay. */
const zones = [
  {
    files: /^packages\/core\/(src|testing)\//,
    inside: /^packages\/core\/(src|testing)\//,
    packages: [/^zod$/, /^entities$/, /^postal-mime$/, /^node:crypto$/],
    packagesInTests: [/^node:/, /^vitest$/, /^fast-check$/, /^webvtt-parser$/, /^standardwebhooks$/],
    message:
      'packages/core imports zod, node:crypto, two small libraries that read text (ADR 11) and itself; everything else is a port that packages/infra implements.',
  },
  {
    files: /^packages\/infra\/(src|testing)\//,
    inside: /^packages\/infra\/(src|testing)\//,
    forbiddenPackages: [/^@seer\/(?!core\/)/],
    message: 'packages/infra imports packages/core, never an app.',
  },
  {
    files: /^apps\/sandbox\/(src|testing)\//,
    inside: /^apps\/sandbox\//,
    forbiddenPackages: [/^@seer\//],
    message: "The sandbox stands for the vendor, so it must not share the product's idea of it: no @seer package.",
  },
  ...['api', 'worker', 'cli'].map((app) => ({
    files: new RegExp(`^apps/${app}/(src|testing)/`),
    inside: new RegExp(`^apps/${app}/`),
    forbiddenPackages: [/^@seer\/(?!core\/|infra\/)/],
    message: 'An app imports packages/core and packages/infra by name, never another app.',
  })),
]

/**
 * The rooms of core. A room imports only from itself and from rooms above it in this list; type imports count, too.
 * Tests may import from any room. docs/architecture.md says what is in each room.
 */
const rooms = [
  'basics',
  'jobs',
  'vendor',
  'people',
  'log',
  'meetings',
  'calendars',
  'rules',
  'planning',
  'recordings',
  'webhooks',
  'access',
  'erasure',
]
const roomOf = (file) => /^packages\/core\/src\/([^/]+)\//.exec(file)?.[1]
const here = 'scripts/checks/import-direction.mjs'

function objectionOfRooms(file, target) {
  const [from, to] = [roomOf(file), target && roomOf(target)]
  if (!from || tests.test(file)) return null
  if (!rooms.includes(from)) return `packages/core/src has no room "${from}"; add it to the list in ${here}.`
  if (!to || rooms.indexOf(to) <= rooms.indexOf(from)) return null
  return `The room ${from} must not import from ${to}, which stands below it in the list in ${here}.`
}

const testingMessage = 'What lies in testing/ is for tests only.'

/** Why a file may not import something; null when it may. `target` is the imported file of a relative specifier. */
export function objection(file, specifier, target) {
  const rule = packageRules.find(
    ({ imports, only }) => imports.test(specifier) && !only.some((path) => path.test(file)),
  )
  if (rule) return rule.message
  if (/(^|\/)testing\//.test(target ?? specifier) && !tests.test(file)) return testingMessage
  const room = 'packages/infra/src/db/'
  if (target?.startsWith(`${room}generated/`) && !file.startsWith(room) && !tests.test(file)) {
    return 'Prisma and its types stop inside packages/infra/src/db.'
  }
  const objectionToRoom = objectionOfRooms(file, target)
  if (objectionToRoom) return objectionToRoom
  const zone = zones.find(({ files }) => files.test(file))
  return zone && violates(zone, file, specifier, target) ? zone.message : null
}

function violates({ inside, packages, packagesInTests = [], forbiddenPackages = [] }, file, specifier, target) {
  if (target !== null) return !inside.test(target)
  const allowed = packages && [...packages, ...(tests.test(file) ? packagesInTests : [])]
  if (allowed && !allowed.some((name) => name.test(specifier))) return true
  return forbiddenPackages.some((name) => name.test(specifier))
}
