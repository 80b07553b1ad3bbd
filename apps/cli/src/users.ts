import { type DeletionProgress, finishDeletion } from '@seer/core/erasure/delete-user'
import type { Command } from 'commander'
import { addRetentionCommand } from './retention.ts'
import { withDb, withQueue } from './with-db.ts'

/** `users list | delete | retention` */
export function addUserCommands(program: Command): void {
  const users = program.command('users').description('Users, who own the API keys')
  users.command('list').description('List all users, by name.').option('--json', 'print JSON').action(listUsers)
  users
    .command('delete <name>')
    .description('Delete a user. Bots and recordings that others share go on for them; all else ends. Safe to repeat.')
    .action(deleteUser)
  addRetentionCommand(users)
}

async function listUsers({ json }: { json?: boolean }): Promise<void> {
  const users = await withDb((db) => db.users.list())
  if (json) return console.log(JSON.stringify(users))
  if (users.length === 0) return console.log('There are no users.')
  console.table(
    users.map(({ name, createdAt, deletedAt }) => ({
      name,
      created: createdAt.toISOString().slice(0, 10),
      state: deletedAt ? `being deleted since ${deletedAt.toISOString()}` : 'active',
    })),
  )
}

async function deleteUser(name: string): Promise<void> {
  const progress = await withQueue(async ({ users, meetings, integrations, transcripts }, queue) => {
    const now = () => new Date()
    const userId = await users.markDeleted(name, now())
    if (userId === null) throw new Error(`There is no user ${name}.`)
    return await finishDeletion({ users, meetings, integrations, transcripts, queue, now }, { userId })
  })
  const done = whatHappened(progress).join(', ')
  if (done) console.log(`${done}.`)
  if (progress.outcome === 'deleted') return console.log(`The user ${name} is deleted.`)
  console.log(
    `The keys of ${name} are revoked, and nothing more is recorded. The rest is deleted as soon as all bots have`,
  )
  console.log('left and all calendars are disconnected, usually within minutes. Until then the name is taken.')
}

function whatHappened(progress: DeletionProgress): string[] {
  return [
    ...counted(progress.handedOver, 'bot handed over', 'bots handed over'),
    ...counted(progress.leaving, 'bot told to leave', 'bots told to leave'),
    ...counted(progress.cancelled, 'bot cancelled', 'bots cancelled'),
    ...counted(progress.left, 'shared bot left to its owner', 'shared bots left to their owners'),
    ...counted(progress.recordingsHandedOver, 'shared recording handed over', 'shared recordings handed over'),
    ...counted(progress.disconnecting, 'calendar is being disconnected', 'calendars are being disconnected'),
  ]
}

function counted(count: number, one: string, many: string): string[] {
  if (count === 0) return []
  return [count === 1 ? `1 ${one}` : `${count} ${many}`]
}
