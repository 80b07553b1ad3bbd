import { Command, Option } from 'commander'
import { scenarios } from './bots/scenarios.ts'
import { dateTime, list, number, oauthClients, origin, secrets, urls, wholeNumber, yesOrNo } from './option-values.ts'
import type { SandboxOptions } from './settings.ts'

const about =
  'A local stand-in for the Meeting BaaS v2 API: bots, meetings on a virtual clock, calendars, signed webhooks, ' +
  'callbacks, recordings, and faults on request. Its state is in memory, and in --state-file if you name one. The page at / shows it.'

const examples = `
Examples:
  Sixty times faster than real time, with webhooks to a local service:
    sandbox --speed 60 --webhook-url http://127.0.0.1:3001/api/meetingbaas/webhooks --webhook-secret whsec_c2FuZGJveC1zZWNyZXQ=
  Frozen time for deterministic tests, moved by POST /sandbox/clock {"advanceSeconds":60}:
    sandbox --speed 0

Every option can be given as an environment variable instead; flags win.`

/** Reads flags and SANDBOX_* variables. Prints help, or one sentence about a mistake, and exits if it must. */
export function parseCommandLine(argv: readonly string[]): SandboxOptions {
  const parsed = buildCommand().parse(argv).opts()
  const { webhookUrl, webhookSecret, participant, oauthClient, s3Bucket, startTime, verbose, ...options } = parsed
  return {
    ...options,
    webhookUrls: webhookUrl,
    webhookSecrets: webhookSecret,
    participants: participant,
    oauthClients: oauthClient,
    s3Buckets: s3Bucket,
    startAt: startTime,
    onRequest: verbose ? (line) => console.log(line) : undefined,
  }
}

function buildCommand(): Command {
  const option = (flags: string, description: string, variable: string) =>
    new Option(flags, description).env(`SANDBOX_${variable}`)
  const command = new Command('sandbox').description(about).addHelpText('after', examples).allowExcessArguments(false)
  for (const each of [
    option('--port <number>', 'port to listen on', 'PORT').default(3100).argParser(wholeNumber(0, 65_535)),
    option('--host <address>', 'address to listen on', 'HOST').default('127.0.0.1'),
    option('--public-url <url>', 'origin of artifact URLs (default: where it listens)', 'PUBLIC_URL').argParser(origin),
    option('--speed <factor>', 'virtual seconds per real second; 0 freezes time', 'SPEED')
      .default(1)
      .argParser(number(0, 10_000)),
    option('--start-time <iso>', 'virtual time at the start (default: now)', 'START_TIME').argParser(dateTime),
    option('--api-key <key>', 'the only accepted API key (default: any)', 'API_KEY'),
    option('--webhook-url <url>', 'webhook endpoint; repeat it, or separate by commas', 'WEBHOOK_URL').argParser(urls),
    option('--webhook-secret <secrets>', 'whsec_… signing secrets, separated by commas', 'WEBHOOK_SECRET').argParser(
      secrets,
    ),
    option('--rate-limit <writes>', 'writes per real second; 0 lifts the limit', 'RATE_LIMIT')
      .default(5)
      .argParser(wholeNumber(0, 1_000_000)),
    option('--daily-cap <bots>', 'bots per rolling 24 virtual hours; 0 lifts the cap', 'DAILY_CAP')
      .default(75)
      .argParser(wholeNumber(0, 1_000_000_000)),
    option('--calendar-limit <calendars>', 'calendars that can be connected; 0 lifts the limit', 'CALENDAR_LIMIT')
      .default(1000)
      .argParser(wholeNumber(0, 1_000_000_000)),
    option(
      '--oauth-client <id:secret>',
      'the only OAuth client that Google and Microsoft know; repeat it, or separate by commas',
      'OAUTH_CLIENT',
    ).argParser(oauthClients),
    option('--tokens <balance>', 'token balance', 'TOKENS').default(1000).argParser(number(0, 1e12)),
    option('--retention-days <days>', 'virtual days until artifacts are removed', 'RETENTION_DAYS')
      .default(3)
      .argParser(number(0, 3650)),
    option('--state-file <path>', 'a file that keeps bots and calendars over a restart (default: none)', 'STATE_FILE'),
    option('--s3-bucket <name>', 'bucket of the S3 endpoint; repeat it, or separate by commas', 'S3_BUCKET').argParser(
      list,
    ),
    option(
      '--s3-folder <path>',
      'a folder that keeps the objects of the S3 endpoint (default: a temporary one)',
      'S3_FOLDER',
    ),
    option('--speech-key <key>', 'the only API key that the speech services know', 'SPEECH_KEY').default(
      'not-a-secret-sandbox-speech',
    ),
    option('--lenient [yes|no]', 'accept empty JSON bodies, which the live service rejects', 'LENIENT')
      .preset('yes')
      .argParser(yesOrNo),
    option('--meeting-minutes <minutes>', 'length of a meeting in virtual minutes', 'MEETING_MINUTES')
      .default(10)
      .argParser(number(0.01, 1440)),
    option('--scenario <name>', 'what happens in meetings for which no scenario is set', 'SCENARIO')
      .default('success')
      .choices(scenarios),
    option('--participant <name>', 'who is in the meetings; repeat it, or separate by commas', 'PARTICIPANT').argParser(
      list,
    ),
    option('--seed <number>', 'seed of retry jitter and fault dice', 'SEED')
      .default(1)
      .argParser(wholeNumber(0, 2 ** 32)),
    option('--verbose [yes|no]', 'print a line per API request', 'VERBOSE').preset('yes').argParser(yesOrNo),
  ]) {
    command.addOption(each)
  }
  return command
}
