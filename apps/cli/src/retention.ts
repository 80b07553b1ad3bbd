import type { Retention } from '@seer/core/erasure/retention'
import type { Command } from 'commander'
import { readDays } from './arguments.ts'
import { withDb } from './with-db.ts'

type Days = number | 'none'
type Options = { days?: Days; mediaDays?: Days; transcriptDays?: Days; json?: boolean }

/** `users retention` */
export function addRetentionCommand(users: Command): void {
  users
    .command('retention <name>')
    .description(
      'Show or change how long data of a user’s bots are kept. The shorter of the user’s and the installation’s time counts.',
    )
    .option('--days <days>', 'all data: so many days after the end of a bot, or none', readDays)
    .option('--media-days <days>', 'video and audio', readDays)
    .option('--transcript-days <days>', 'transcripts and the chat', readDays)
    .option('--json', 'print JSON')
    .action(changeRetention)
}

async function changeRetention(name: string, { days, mediaDays, transcriptDays, json }: Options): Promise<void> {
  const retention = await withDb(async (db) => {
    const before = await db.retention.ofUser(name)
    if (!before) throw new Error(`There is no user ${name}.`)
    const next: Retention = {
      everything: daysOf(days, before.everything),
      media: daysOf(mediaDays, before.media),
      transcripts: daysOf(transcriptDays, before.transcripts),
    }
    await db.retention.setForUser(name, next)
    return next
  })
  if (json) return console.log(JSON.stringify(retention))
  console.log(`All data: ${sentenceOf(retention.everything)}`)
  console.log(`Video and audio: ${sentenceOf(retention.media)}`)
  console.log(`Transcripts and chat: ${sentenceOf(retention.transcripts)}`)
}

function daysOf(days: Days | undefined, before: number | null): number | null {
  if (days === undefined) return before
  return days === 'none' ? null : days
}

function sentenceOf(days: number | null): string {
  if (days === null) return 'as long as the installation says'
  return `at most ${days} ${days === 1 ? 'day' : 'days'} after the end of the bot`
}
