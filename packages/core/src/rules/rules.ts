import { z } from 'zod'
import { isDomain, isEmail, normaliseDomain } from '../people/addresses.ts'
import { normaliseEmail } from '../people/read-address.ts'
import { CustomBotConfig } from '../vendor/bot-config.ts'
import { fold } from './fold.ts'
import { readKeyword } from './keywords.ts'

/** Longer than any real list, and short enough to decide 100,000 events in a second. */
const longestList = 100
/**
 * A bot waits no longer than 30 minutes in an empty meeting or a lobby (the vendor's limit), so a longer lead is
 * useless.
 */
const mostLeadMinutes = 15
/** Google invites at most 1,000 people to one event, Microsoft 500. */
const mostParticipants = 1_000
const mostMinutes = 7 * 24 * 60

/** A list without repeated entries. Two entries are the same when `keyOf` gives the same text. */
const listOf = <T extends z.ZodType<string>>(entry: T, keyOf: (text: string) => string = (text) => text) =>
  z
    .array(entry)
    .max(longestList)
    .overwrite((texts) => [...new Map(texts.map((text) => [keyOf(text), text])).values()])
    .default([])

const Keyword = z
  .string()
  .trim()
  .max(100)
  .refine((text) => readKeyword(text) !== null, 'must have a letter, a digit or a sign to look for')
  .meta({
    description:
      'Found anywhere in the title, whatever its case, its accents and the way it is typed. In "quotes", only whole words are found.',
  })

const Person = z
  .string()
  .max(320)
  .overwrite(normaliseEmail)
  .refine(isEmail, 'must be an e-mail address such as ines@acme.com, one an entry')
  .meta({ description: 'The e-mail address of somebody who takes part or organises.', examples: ['ines@acme.com'] })

const Domain = z
  .string()
  .max(255)
  .overwrite(normaliseDomain)
  .refine(isDomain, 'must be a domain such as acme.com, or *.acme.com for all below it')
  // E-mail addresses do not end in a www domain, so an exclusion of one would exclude nobody.
  .refine((domain) => !domain.startsWith('www.'), 'must be the domain of e-mail addresses, without www.')
  .meta({
    description: 'Only this domain. `*.acme.com` means all domains below it.',
    examples: ['acme.com', '*.acme.com'],
  })

/** An event matches the criteria when it matches one entry. */
const Criteria = z.strictObject({
  keywords: listOf(Keyword, fold),
  people: listOf(Person),
  domains: listOf(Domain),
})
export type Criteria = z.output<typeof Criteria>

const bounds = (most: number) => {
  const bound = z.int().min(1).max(most).nullable().default(null)
  return z.strictObject({ min: bound, max: bound }).prefault({})
}

/** The rules' field `bot`. POST /bots takes the same fields. */
const Bot = z.strictObject({
  customBotName: z.string().trim().min(1).max(255).nullable().default(null),
  customBotConfig: CustomBotConfig.prefault({}),
})

/** Writes a time in one form, so that the same time with another offset or precision makes equal rules. */
const toUtc = (text: string): string => {
  const time = new Date(text)
  return Number.isNaN(time.getTime()) ? text : time.toISOString()
}

/**
 * Which events of a user's calendars are recorded. Every field has a default, and with the defaults nothing is
 * recorded. docs/rules.md describes the fields for users.
 */
export const RecordingRules = z
  .strictObject({
    enabled: z.boolean().default(false).meta({ description: 'Whether these rules record anything.' }),
    record: z.enum(['all', 'internal', 'external']).default('all').meta({
      description:
        '`internal`: only meetings in which everybody is from your company. `external`: only meetings with somebody from outside.',
    }),
    role: z.enum(['any', 'organizer', 'guest']).default('any').meta({
      description: '`organizer`: only meetings that you organise. `guest`: only meetings that others organise.',
    }),
    onlyAccepted: z.boolean().default(false).meta({ description: 'Only meetings that you organise or have accepted.' }),
    participants: bounds(mostParticipants).meta({
      description: 'How many people take part, you included. People who declined do not count.',
    }),
    durationMinutes: bounds(mostMinutes),
    include: Criteria.prefault({}).meta({
      description: 'If there is any entry: only meetings that match at least one of them.',
    }),
    exclude: Criteria.prefault({}).meta({
      description: 'These rules never record a meeting that matches any of them, whatever `include` says.',
    }),
    internalDomains: listOf(Domain).meta({
      description:
        'Domains of your company, besides the domain of the calendar’s account. Domains of mail providers are refused.',
    }),
    includeAllDay: z
      .boolean()
      .default(false)
      .meta({ description: 'Whether events that last whole days are recorded.' }),
    pausedUntil: z.iso
      .datetime({ offset: true })
      .overwrite(toUtc)
      .nullable()
      .default(null)
      .meta({
        description: 'Meetings that start before this time are not recorded.',
        examples: ['2030-01-31T09:00:00Z'],
      }),
    leadMinutes: z.int().min(0).max(mostLeadMinutes).default(0).meta({
      description: 'How many minutes before the start the bot joins.',
    }),
    bot: Bot.prefault({}).meta({ description: 'What the bots of these rules do differently from the defaults.' }),
  })
  .meta({
    id: 'RecordingRules',
    example: { enabled: true, record: 'external', exclude: { keywords: ['"1:1"'], domains: ['bank.example'] } },
  })
export type RecordingRules = z.output<typeof RecordingRules>

/** The rules of a user who has set none: nothing is recorded. */
export const defaultRules: RecordingRules = RecordingRules.parse({})
