/** The bot as the API shows it. */

import { meetingStates, timelineTypes } from '@seer/core/meetings/meeting'
import { BotConfig } from '@seer/core/vendor/bot-config'
import { platforms } from '@seer/core/vendor/platform'
import { z } from 'zod'
import { anyId } from '../query-fields.ts'

const time = z.iso.datetime()
const timeOrNull = time.nullable()

export const State = z.enum(meetingStates).meta({
  id: 'State',
  description:
    'Where a bot stands. `pending`: accepted, being created. `scheduled`: booked for later. `queued`: waiting to start. `joining`, `waiting_room`, `in_call`, `recording`, `paused`: in the meeting. `processing`: the call has ended, results are being made. `completed`, `failed`, `cancelled`: over.',
})

const Person = z
  .object({
    name: z.string(),
    id: z.string().nullable(),
    displayName: z.string().nullable(),
  })
  .meta({ id: 'Person' })

const link = z.string().nullable()

const Artifacts = z
  .object({
    video: link,
    audio: link,
    transcription: link,
    rawTranscription: link,
    diarization: link,
  })
  .meta({
    id: 'Artifacts',
    description: 'Links to the results; null where there is none. They stop working at `artifactsExpireAt`.',
  })

export const Bot = z
  .object({
    id: z.uuid().meta({ description: 'The meeting’s id, yours if you chose one. Stable.' }),
    meetingBaasId: z.string().nullable().meta({ description: 'The id of the bot at Meeting BaaS, once it is known.' }),
    meetingUrl: z.string(),
    platform: z.enum(platforms),
    botName: z.string(),
    botConfig: BotConfig.meta({
      id: 'BotConfig',
      description: 'How the bot behaves: the defaults with your choices on top.',
    }),
    extra: z.record(z.string(), z.unknown()).nullable().meta({ description: 'Your own data, as you sent it.' }),
    joinAt: timeOrNull.meta({ description: 'When the bot is to join; null: at once.' }),
    state: State,
    processingStatus: State.meta({ description: 'The same as `state`, by the name that the integration guide uses.' }),
    run: z.int().meta({ description: 'Counts from 1; Meeting BaaS may start a bot again that could not record.' }),
    recordingUrl: z.string().nullable().meta({ description: 'The video, or the audio where there is no video.' }),
    artifacts: Artifacts.nullable(),
    artifactsExpireAt: timeOrNull,
    participants: z.array(Person).nullable(),
    speakers: z.array(Person).nullable(),
    durationSeconds: z.number().nullable(),
    joinedAt: timeOrNull,
    recordingStartedAt: timeOrNull,
    exitedAt: timeOrNull,
    endedAt: timeOrNull.meta({ description: 'When the bot reached a final state.' }),
    error: z
      .object({ code: z.string(), message: z.string().nullable() })
      .nullable()
      .meta({ description: 'Why the bot failed: a code of Seer ([list](/docs/errors)) or of Meeting BaaS.' }),
    endInferred: z.boolean().meta({
      description:
        'True while the end is what Seer concluded, because Meeting BaaS did not tell one: `BOT_LOST`, `BOT_NOT_STARTED`, `BOT_STUCK`, no answer for a day, or a bot that was called off when it may have started. Should Meeting BaaS tell another end later, with what was recorded, it replaces this one; the timeline says so with `bot_end_corrected`.',
    }),
    waitingFor: z.string().nullable().meta({
      description:
        'Why the vendor could not yet be told what it has to be: that there is a bot, or that it is to leave. It is tried again.',
    }),
    role: z.enum(['owner', 'subscriber', 'left']).meta({
      description:
        '`owner`: it is your bot. `subscriber`: somebody else’s, which you share. `left`: others want it as well, so it stays; with this answer you see it for the last time.',
    }),
    sharedSince: timeOrNull.meta({ description: 'When you came to share it; null when you ordered it.' }),
    sharedWithOthers: z.int().meta({ description: 'How many other users have this bot and see what it records.' }),
    recordingHidden: z.boolean().meta({
      description:
        'True when it was recording already when you came to share it, and this installation keeps the recording from those who come late.',
    }),
    leaveRequestedAt: timeOrNull.meta({ description: 'When the bot was told to leave.' }),
    meetingBaasCalendarId: z.string().nullable(),
    calendarEventId: z.string().nullable(),
    calendarProvider: z.string().nullable(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Bot' })
export type Bot = z.output<typeof Bot>

export const TimelineEntry = z
  .object({
    seq: z.int().meta({ description: 'Gap-free from 1 within a bot.' }),
    type: z.enum(timelineTypes),
    occurredAt: time.meta({ description: 'When it happened, by the clock of whoever saw it.' }),
    recordedAt: time.meta({ description: 'When Seer wrote it down.' }),
    cause: z.enum(['webhook', 'sync', 'api', 'worker']),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'TimelineEntry' })
export type TimelineEntry = z.output<typeof TimelineEntry>

export const BotWithTimeline = Bot.extend({
  timeline: z.array(TimelineEntry).meta({ description: 'What happened, oldest first; the first 200 entries.' }),
  timelineNextCursor: z.string().nullable().meta({
    description: 'Null when the timeline is complete. Else the rest is at `/bots/{botId}/events?after=` this.',
  }),
}).meta({ id: 'BotWithTimeline' })

export const BotParams = z.strictObject({
  botId: anyId().meta({ description: 'The bot’s `id`, or its `meetingBaasId`.' }),
})
