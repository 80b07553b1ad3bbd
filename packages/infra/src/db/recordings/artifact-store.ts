import type { Artifact } from '@seer/core/recordings/artifact'
import type { ArtifactStore, CustodySummary } from '@seer/core/recordings/custody/artifact-store'
import { artifactKinds } from '@seer/core/vendor/artifact-kinds'
import type pg from 'pg'
import { claimDueSql } from '../claim-due.ts'
import {
  bool,
  type Column,
  type ColumnsOf,
  float,
  int,
  text,
  textList,
  time,
  toColumn,
  typesOf,
  uuid,
} from '../columns.ts'
import { composed, type Named, returns, statement } from '../statement.ts'

const columns: ColumnsOf<Artifact> = {
  id: uuid('id'),
  meetingId: uuid('meeting_id'),
  kind: text('kind'),
  state: text('state'),
  reason: text('reason'),
  contentType: text('content_type'),
  bytes: float('bytes'),
  copiedBytes: float('copied_bytes'),
  sha256: text('sha256'),
  durationSeconds: float('duration_seconds'),
  storageKey: text('storage_key'),
  writtenKeys: textList('written_keys'),
  storedAt: time('stored_at'),
  deadline: time('deadline'),
  settled: bool('settled'),
  attempts: int('attempts'),
  leaseUntil: time('lease_until'),
  dueAt: time('due_at'),
  round: int('round'),
  lastProblem: text('last_problem'),
  version: int('version'),
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
}

const fields = Object.keys(columns) as (keyof Artifact)[]
/** Fields that never change, and fields that the writing statement sets itself. */
const unwritten: (keyof Artifact)[] = ['id', 'meetingId', 'kind', 'createdAt', 'version', 'updatedAt', 'round']
const written = fields.filter((field) => !unwritten.includes(field))

const selected = fields.map((field) => `artifacts.${columns[field].name} AS "${field}"`).join(', ')
const anArtifact = returns<Artifact>(typesOf(columns))

/** The artifacts of bot runs in Postgres. */
export function openArtifactStore(pool: pg.Pool): ArtifactStore {
  return {
    async add(artifacts) {
      if (artifacts.length > 0) await add.count(pool, { artifacts })
    },
    find: (artifactId) => find.first(pool, { artifactId }),
    of: async (meetingId) => (await of.all(pool, { meetingId })).sort(byKind),
    save: async (before, next) =>
      (await save.count(pool, { ...valuesOf(next), 'before.id': before.id, 'before.version': before.version })) === 1,
    async settle(artifacts) {
      const ids = artifacts.map(({ id }) => id)
      await settle.count(pool, { ids, versions: artifacts.map(({ version }) => version) })
    },
    claimDue: (now, next, limit) => claimDue.all(pool, { now, next, limit }),
    async summarise(dangerBefore) {
      return await summarise.only(pool, { dangerBefore })
    },
  }
}

const byKind = (a: Artifact, b: Artifact) => artifactKinds.indexOf(a.kind) - artifactKinds.indexOf(b.kind)

type Fields = Named<Record<string, unknown>>

function valuesOf(artifact: Artifact): Record<string, unknown> {
  return Object.fromEntries(fields.map((field) => [field, toColumn(columns[field] as Column, artifact[field])]))
}

const add = composed(
  'artifacts-add',
  ({ artifacts }: { artifacts: Artifact[] }, bind) => {
    const row = (artifact: Artifact) =>
      fields.map((field) => bind(toColumn(columns[field] as Column, artifact[field]))).join(', ')
    return `INSERT INTO artifacts (${fields.map((field) => columns[field].name).join(', ')})
      VALUES ${artifacts.map((artifact) => `(${row(artifact)})`).join(', ')} ON CONFLICT (meeting_id, kind) DO NOTHING`
  },
  { examples: [{ artifacts: [{} as Artifact] }] },
)

const find = statement(
  'artifact-find',
  (p: Named<{ artifactId: string }>) => `SELECT ${selected} FROM artifacts WHERE id = ${p.artifactId}`,
  { returns: anArtifact },
)

const of = statement(
  'artifacts-of-meeting',
  (p: Named<{ meetingId: string }>) => `SELECT ${selected} FROM artifacts WHERE meeting_id = ${p.meetingId}`,
  { returns: anArtifact },
)

const save = statement(
  'artifact-save',
  (p: Fields) => `UPDATE artifacts
    SET ${written.map((field) => `${columns[field].name} = ${p[field]}`).join(', ')},
      version = version + 1, updated_at = now()
    WHERE id = ${p['before.id']} AND version = ${p['before.version']}`,
)

const settle = statement(
  'artifacts-settle',
  (p: Named<{ ids: string[]; versions: number[] }>) => `UPDATE artifacts
    SET settled = true, due_at = NULL, version = artifacts.version + 1
    FROM unnest(${p.ids}::uuid[], ${p.versions}::int[]) AS seen (id, version)
    WHERE artifacts.id = seen.id AND artifacts.version = seen.version AND NOT settled`,
)

const claimDue = statement(
  'artifacts-claim-due',
  (p: Named<{ now: Date; next: Date; limit: number }>) =>
    claimDueSql({
      table: 'artifacts',
      now: p.now,
      limit: p.limit,
      set: `due_at = ${p.next}, version = version + 1`,
      returning: selected,
    }),
  { returns: anArtifact },
)

const summarise = statement(
  'artifacts-summarise',
  (p: Named<{ dangerBefore: Date }>) => `SELECT open.*,
      (SELECT count(*)::int FROM artifacts WHERE state = 'expired') AS "expired"
    FROM (SELECT count(*)::int AS "open", count(*) FILTER (WHERE deadline < ${p.dangerBefore})::int AS "inDanger",
      min(deadline) AS "firstDeadline" FROM artifacts WHERE state IN ('pending', 'copying', 'failed')) AS open`,
  {
    returns: returns<CustodySummary>({
      open: 'int',
      inDanger: 'int',
      firstDeadline: 'timestamptz',
      expired: 'int',
    }),
    isPrepared: false,
  },
)
