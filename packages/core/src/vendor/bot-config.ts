import { z } from 'zod'
import { camelKeys } from './camel-keys.ts'

/** What the video shows; `audio_only` makes no video. */
export const recordingModes = ['speaker_view', 'gallery_view', 'audio_only'] as const

/** The bounds are the vendor's (Meeting BaaS API v2: timeout_config, bot_name, entry_message). */
const waitSeconds = z.int().min(120).max(1_800)

/** How a bot behaves. Every field has a default, which the operator sets (`BotDefaults`). */
const botConfigFields = z.strictObject({
  recordingMode: z.enum(recordingModes).meta({ description: 'What the video shows; `audio_only` makes no video.' }),
  speechToText: z.boolean().meta({ description: 'Whether a transcript is made.' }),
  entryMessage: z
    .string()
    .min(1)
    .max(500)
    .nullable()
    .meta({ description: 'What the bot writes into the chat when it joins.' }),
  botImage: z
    .url({
      protocol: /^https$/,
      hostname: z.regexes.domain,
      error: 'must be an https address of a picture, such as https://example.com/bot.png',
    })
    .nullable()
    .meta({
      description: 'HTTPS address of a JPEG or PNG, shown as the bot’s camera.',
      examples: ['https://example.com/bot.png'],
    }),
  automaticLeave: z.strictObject({
    waitingRoomTimeout: waitSeconds.meta({ description: 'How many seconds the bot waits to be let in.' }),
    nooneJoinedTimeout: waitSeconds.meta({
      description: 'How many seconds the bot stays when nobody comes (Google Meet and Microsoft Teams).',
    }),
    silenceTimeout: z
      .int()
      .min(300)
      .max(1_800)
      .meta({ description: 'After how many seconds of silence the bot leaves (Google Meet and Microsoft Teams).' }),
  }),
})

/** The complete configuration of one bot, as stored with its meeting. */
/** How a bot behaves in its meeting. */
export type BotConfig = z.output<typeof botConfigFields>
export const BotConfig = botConfigFields

/**
 * What a caller may set for one bot: any part of `BotConfig`. A field may be spelled `recordingMode` or
 * `recording_mode`, because the integration guide uses the second.
 */
export const CustomBotConfig = z.preprocess(
  camelKeys,
  botConfigFields.partial().extend({ automaticLeave: botConfigFields.shape.automaticLeave.partial().optional() }),
)
export type CustomBotConfig = z.output<typeof CustomBotConfig>

/** What the operator sets for all bots. */
export type BotDefaults = BotConfig & { name: string }

/** The defaults with the caller's choices on top. */
export function resolveBotConfig(defaults: BotDefaults, custom: CustomBotConfig | undefined): BotConfig {
  const { name: _, ...config } = defaults
  return { ...config, ...custom, automaticLeave: { ...config.automaticLeave, ...custom?.automaticLeave } }
}
