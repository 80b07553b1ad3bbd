import type { Platform } from './platform.ts'
import type { Results } from './results.ts'

/** What can happen in a meeting. The README has a table of these. */
export const scenarios = [
  'success',
  'lobby',
  'refused',
  'lobby_timeout',
  'kicked',
  'kicked_at_once',
  'nobody_came',
  'crash',
  'internal_retry',
  'transcription_failed',
  'login_required',
  'invalid_url',
  'host_absent',
  'insufficient_tokens',
  'daily_cap',
  'already_exists',
] as const
export type Scenario = (typeof scenarios)[number]

/**
 * Deviations of the live service, seen or announced, to test whether a receiver tolerates them:
 * - `start_time_ms`: `start_time` in milliseconds, as the public bot source sends it; the contract says seconds.
 * - `unknown_status`: a status code that nobody has heard of, only by webhook.
 * - `retrying_status`: `retrying` announces an internal retry. Newer SDKs know this code; the contract does not.
 * - `no_artifacts`: `bot.completed` with every artifact null.
 * - `silent_audio`: the bot hears nothing. The audio file is silent, and there are no words.
 */
export const quirks = ['start_time_ms', 'unknown_status', 'retrying_status', 'no_artifacts', 'silent_audio'] as const
export type Quirk = (typeof quirks)[number]

/** Durations of a meeting, in virtual seconds. */
export type Timings = {
  /** From the request to `joining_call`. The vendor promises up to two minutes. */
  pickup: number
  /** From `joining_call` to the waiting room. */
  join: number
  /** From the waiting room to the call, when somebody lets the bot in. */
  admit: number
  /** From entering the call to recording. */
  startRecording: number
  /** Length of the recording when nobody ends it early. */
  meeting: number
  /** From the waiting room to the host's refusal. */
  refusal: number
  /** From the start of the recording to the crash of scenario `crash`. */
  crash: number
  /** From `recording_failed` to the next `joining_call` of scenario `internal_retry`. */
  retry: number
  /** From the end of the call to the stored recording. */
  upload: number
  transcription: number
}

export const defaultTimings: Timings = {
  pickup: 8,
  join: 6,
  admit: 4,
  startRecording: 3,
  meeting: 600,
  refusal: 20,
  crash: 60,
  retry: 20,
  upload: 5,
  transcription: 30,
}

/** What will happen in one bot's meeting. */
export type Plan = {
  scenario: Scenario
  timings: Timings
  participants: string[]
  chatDisabled: boolean
  quirks: Quirk[]
  results: Results
}

/**
 * A rule that was set by API. It applies to the bots that it matches, the newest rule first. Missing parts keep
 * defaults.
 */
export type ScenarioRule = {
  id: string
  match: { meetingUrl?: string; botId?: string; botName?: string; platform?: Platform }
  scenario?: Scenario
  timings?: Partial<Timings>
  participants?: string[]
  chatDisabled?: boolean
  quirks?: Quirk[]
  results?: Partial<Results>
  /** How many more bots the rule applies to. Not set: any number. */
  times?: number
}

type Subject = { botId: string; botName: string; meetingUrl: string; platform: Platform }

/** Decides what will happen in a bot's meeting: a rule set by API, else the meeting URL's query, else the defaults. */
export class ScenarioBook {
  readonly #defaults: Plan
  #rules: ScenarioRule[] = []
  #created = 0

  constructor(defaults: Plan) {
    this.#defaults = defaults
  }

  get rules(): readonly ScenarioRule[] {
    return this.#rules
  }

  add(rule: Omit<ScenarioRule, 'id'>): ScenarioRule {
    const added = { ...rule, id: `scenario_${++this.#created}` }
    this.#rules.unshift(added)
    return added
  }

  remove(id: string): boolean {
    const before = this.#rules.length
    this.#rules = this.#rules.filter((rule) => rule.id !== id)
    return this.#rules.length < before
  }

  clear(): void {
    this.#rules = []
  }

  /** The plan for a bot that is about to be sent. Uses up one of the `times` of a matching rule. */
  planFor(subject: Subject): Plan {
    const rule = this.#rules.find((candidate) => applies(candidate, subject))
    if (rule?.times !== undefined) rule.times -= 1
    const fromUrl = readUrl(subject.meetingUrl)
    return {
      scenario: rule?.scenario ?? fromUrl.scenario ?? this.#defaults.scenario,
      timings: { ...this.#defaults.timings, ...fromUrl.timings, ...rule?.timings },
      participants: rule?.participants ?? this.#defaults.participants,
      chatDisabled: rule?.chatDisabled ?? this.#defaults.chatDisabled,
      quirks: rule?.quirks ?? this.#defaults.quirks,
      results: { ...this.#defaults.results, ...rule?.results },
    }
  }
}

function applies(rule: ScenarioRule, subject: Subject): boolean {
  const { meetingUrl, botId, botName, platform } = rule.match
  if (rule.times === 0) return false
  if (meetingUrl !== undefined && !subject.meetingUrl.toLowerCase().includes(meetingUrl.toLowerCase())) return false
  if (botId !== undefined && subject.botId !== botId) return false
  if (botName !== undefined && !subject.botName.toLowerCase().includes(botName.toLowerCase())) return false
  return platform === undefined || subject.platform === platform
}

/** Reads `?sandbox=<scenario>&sandbox_minutes=<n>` from a meeting URL of any platform. Unknown names are ignored. */
function readUrl(meetingUrl: string): { scenario?: Scenario; timings: Partial<Timings> } {
  const query = new URL(meetingUrl).searchParams
  const scenario = scenarios.find((known) => known === query.get('sandbox'))
  const minutes = Number(query.get('sandbox_minutes') ?? Number.NaN)
  return { scenario, timings: minutes > 0 ? { meeting: minutes * 60 } : {} }
}
