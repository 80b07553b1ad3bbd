/** The bot as the API shows it. */

import { causes } from '@seer/core/log/entry'
import { entryTypes } from '@seer/core/log/entry-types'
import { dataStates } from '@seer/core/meetings/deletion/data-deletion'
import { artifactStates, deliveryGrades, deliveryReasons } from '@seer/core/meetings/delivery/delivery'
import { failureCauses } from '@seer/core/meetings/failures/causes-of-failure'
import { meetingStates } from '@seer/core/meetings/meeting'
import { artifactKinds } from '@seer/core/vendor/artifact-kinds'
import { BotConfig } from '@seer/core/vendor/bot-config'
import { platforms } from '@seer/core/vendor/platform'
import { z } from 'zod'
import { anyId } from '../query-fields.ts'

const time = z.iso.datetime()
const timeOrNull = time.nullable()

export const State = z.enum(meetingStates).meta({
  id: 'State',
  description:
    'How far a bot is. `pending`: accepted, and being created. `scheduled`: booked for later. `queued`: waiting to start. `joining`, `waiting_room`, `in_call`, `recording`, `paused`: on its way into the meeting, or in it. `processing`: the call has ended, and the results are being made. `completed`, `failed`, `cancelled`: over.',
})

const Person = z
  .object({
    name: z.string(),
    id: z.string().nullable(),
    displayName: z.string().nullable(),
  })
  .meta({ id: 'Person' })

export const Hold = z
  .object({
    since: time,
    reason: z.string().nullable().meta({ description: 'As the owner of the bot gave it. Only the owner sees it.' }),
  })
  .meta({ id: 'Hold' })

export const Delivery = z
  .object({
    grade: z.enum(deliveryGrades).meta({
      description:
        '`good`: everything that was asked for, and nothing about it is suspicious. `partial`: something of use; `reasons` says what is missing, suspicious or not stored yet. `empty`: nothing that anybody could watch, hear or read.',
    }),
    reasons: z.array(z.enum(deliveryReasons)),
    facts: z.object({
      artifacts: z.record(z.enum(artifactKinds), z.enum(artifactStates).nullable()),
      videoWanted: z.boolean(),
      transcriptWanted: z.boolean(),
      presenceSeconds: z.number().nullable().meta({ description: 'How long the bot recorded, as Meeting BaaS says.' }),
      videoSeconds: z.number().nullable().meta({ description: 'By the header of the stored file.' }),
      audioSeconds: z.number().nullable().meta({ description: 'By the header of the stored file.' }),
      videoReadable: z.boolean(),
      audioReadable: z.boolean(),
      // Grades of older versions do not have these.
      transcriptionUnread: z
        .boolean()
        .default(false)
        .meta({ description: 'Whether a transcription is stored that was not made a transcript yet.' }),
      videoWhole: z.boolean().default(true).meta({ description: 'Whether it is as long as its header says.' }),
      audioWhole: z.boolean().default(true),
      audioBytesPerMinute: z.number().nullable().meta({ description: 'Silence takes almost no room.' }),
      words: z.number().nullable().meta({ description: 'Of the current transcript; null when there is none.' }),
      speakers: z.number().nullable(),
      people: z.number().nullable().meta({ description: 'How many took part, as far as Meeting BaaS knows.' }),
    }),
  })
  .meta({ id: 'Delivery' })

const Failure = z
  .object({
    code: z.string().meta({ description: 'One of Seer’s or of Meeting BaaS ([list](/docs/errors)).' }),
    message: z.string().nullable().meta({ description: 'What Meeting BaaS or Seer said about this bot.' }),
    cause: z.enum(failureCauses).meta({ description: 'What the failure is about.' }),
    explanation: z.string().meta({ description: 'What happened.' }),
    advice: z.string().meta({ description: 'What to do.' }),
    newOrderMayHelp: z.boolean().meta({
      description: 'Whether another bot for the same meeting may succeed while the meeting lasts.',
    }),
  })
  .meta({ id: 'Failure' })

export const Bot = z
  .object({
    id: z.uuid().meta({ description: 'Never changes. If you sent a `meetingId`, it is that one.' }),
    meetingBaasId: z.string().nullable().meta({ description: 'The id of the bot at Meeting BaaS, once it is known.' }),
    meetingUrl: z.string(),
    platform: z.enum(platforms),
    botName: z.string(),
    botConfig: BotConfig.meta({
      id: 'BotConfig',
      description: 'How the bot behaves: as you chose, and otherwise as the defaults say.',
    }),
    extra: z.record(z.string(), z.unknown()).nullable().meta({ description: 'Your own data, as you sent it.' }),
    joinAt: timeOrNull.meta({ description: 'When the bot should join. Null means at once.' }),
    state: State,
    processingStatus: State.meta({
      description: 'The same as `state`, under the name that the integration guide uses.',
    }),
    run: z.int().meta({
      description:
        'How often Meeting BaaS has started this bot: 1, or more when it could not record and was started again.',
    }),
    recordingUrl: z.string().nullable().meta({
      description:
        'Where you get the video, or the audio if there is no video, with your API key. It never changes. Until the file is stored it answers `RECORDING_NOT_STORED`; `/bots/{botId}/recordings` shows how far that is.',
    }),
    delivery: Delivery.nullable().meta({
      description:
        'What a finished bot delivered, with the facts on which the grade is based. Null while it runs, and for a cancelled one.',
    }),
    participants: z.array(Person).nullable(),
    speakers: z.array(Person).nullable(),
    durationSeconds: z.number().nullable(),
    joinedAt: timeOrNull,
    recordingStartedAt: timeOrNull,
    exitedAt: timeOrNull,
    endedAt: timeOrNull.meta({ description: 'When the bot became `completed`, `failed` or `cancelled`.' }),
    error: Failure.nullable().meta({ description: 'Why the bot failed, and what helps.' }),
    endInferred: z.boolean().meta({
      description:
        'True when Meeting BaaS did not say how the bot ended, and Seer concluded it. That is so for `BOT_LOST`, `BOT_NOT_STARTED` and `BOT_STUCK`, after a day without an answer, and for a bot that was cancelled when it may already have started. If Meeting BaaS reports another end later, that end and its recording replace this one, and the timeline gets an entry `bot_end_corrected`.',
    }),
    waitingFor: z.string().nullable().meta({
      description:
        'What keeps Seer from creating the bot at Meeting BaaS or from making it leave, for example `VENDOR_UNAVAILABLE: …`. Seer tries again. Null when nothing does.',
    }),
    role: z.enum(['owner', 'subscriber', 'left']).meta({
      description:
        '`owner`: the bot is yours. `subscriber`: it is somebody else’s, and you share it. `left`: you have just given it up, and others keep it. You cannot see it again after this answer.',
    }),
    sharedSince: timeOrNull.meta({ description: 'When you began to share it. Null when it was yours from the start.' }),
    sharedWithOthers: z.int().meta({ description: 'How many other users have this bot and see what it records.' }),
    recordingHidden: z.boolean().meta({
      description:
        'True when you began to share the bot while it was already recording, and this installation does not show the recording to latecomers.',
    }),
    hold: Hold.nullable().meta({
      description: 'Since when the data of this bot are kept from deletion and retention. Null when they are not.',
    }),
    dataState: z.enum(dataStates).meta({
      description:
        '`kept`: nothing was deleted. `deleting`: some of what is to be deleted is still there. `deleted`. The receipt at `/bots/{botId}/data` says what.',
    }),
    leaveRequestedAt: timeOrNull.meta({ description: 'When somebody asked for the bot to leave.' }),
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
    seq: z.int().meta({ description: 'Numbers the entries of this bot from 1, without gaps.' }),
    type: z.enum(entryTypes.bot),
    occurredAt: time.meta({ description: 'When it happened, by the clock of whoever reported it.' }),
    recordedAt: time.meta({ description: 'When Seer wrote it down.' }),
    cause: z.enum(causes),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'TimelineEntry' })
export type TimelineEntry = z.output<typeof TimelineEntry>

export const BotWithTimeline = Bot.extend({
  timeline: z.array(TimelineEntry).meta({ description: 'What happened, oldest first. At most the first 200 entries.' }),
  timelineNextCursor: z.string().nullable().meta({
    description:
      'Null when the timeline is complete. Otherwise get the rest from `/bots/{botId}/events`, with this value as `after`.',
  }),
}).meta({ id: 'BotWithTimeline' })

export const BotParams = z.strictObject({
  botId: anyId().meta({ description: 'The bot’s `id`, or its `meetingBaasId`.' }),
})
