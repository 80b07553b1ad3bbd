import type { SeenMeeting } from '@seer/core/meetings/meeting-store'
import { hidesRecording } from '@seer/core/meetings/views/bot-view'
import type { FastifyRequest } from 'fastify'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { findBot } from './get-bot.ts'

/**
 * A bot whose recording the caller may see. Every route for what a bot recorded begins with it: who sees the bot is told
 * why its recording is not shown, and for anybody else there is no such bot.
 * @throws Problem NOT_FOUND, RECORDING_HIDDEN
 */
export async function findRecordedBot(
  { db, policy }: Pick<ApiDeps, 'db' | 'policy'>,
  request: FastifyRequest,
  botId: string,
): Promise<SeenMeeting> {
  const seen = await findBot(db, request, botId)
  if (hidesRecording(seen.meeting, policy.lateAccess)) throw new Problem('RECORDING_HIDDEN')
  return seen
}

/**
 * A bot of whose data the caller may see the state. An owner may always, also one who got the bot from somebody else and
 * must not see the recording: who may delete the data is shown the receipt.
 * @throws Problem NOT_FOUND, RECORDING_HIDDEN
 */
export async function findBotWithData(
  deps: Pick<ApiDeps, 'db' | 'policy'>,
  request: FastifyRequest,
  botId: string,
): Promise<SeenMeeting> {
  const seen = await findBot(deps.db, request, botId)
  return seen.role === 'owner' ? seen : await findRecordedBot(deps, request, botId)
}
