import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ConfigurationError, parseEnvironment } from './parse-environment.ts'
import {
  botDefaults,
  botSettings,
  callbackSecrets,
  databaseSettings,
  environmentSettings,
  loggingSettings,
  logLevelOf,
  queueSettings,
  vendorSettings,
  webhookSettings,
} from './settings.ts'

const schema = z.object({
  ...databaseSettings,
  ...queueSettings,
  ...vendorSettings,
  ...webhookSettings,
  ...botSettings,
})
const enough = { DATABASE_URL: 'postgresql://seer:hunter2@db/seer', MEETINGBAAS_API_KEY: 'mb-key-1' }

function problemsOf(environment: Record<string, string>): string[] {
  try {
    parseEnvironment(schema, environment)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
  throw new Error('The environment was accepted.')
}

describe('parseEnvironment', () => {
  test('gives numbers, booleans and lists with their defaults', () => {
    const settings = parseEnvironment(schema, {
      ...enough,
      MEETINGBAAS_WEBHOOK_SECRET: 'whsec_aaaaaaaa, whsec_bbbbbbbb',
    })
    expect(settings).toMatchObject({
      DATABASE_POOL_SIZE: 10,
      WEBHOOK_VERIFICATION: true,
      MEETINGBAAS_API_VERSION: 'v2',
      MEETINGBAAS_WEBHOOK_SECRET: ['whsec_aaaaaaaa', 'whsec_bbbbbbbb'],
    })
    expect(settings.REDIS_URL).toBeUndefined()
  })

  test('sets no daily limit of bots by default', () => {
    const capOf = (environment: Record<string, string>) =>
      parseEnvironment(schema, { ...enough, ...environment }).MEETINGBAAS_DAILY_BOT_CAP
    expect(capOf({})).toBeUndefined()
    expect(capOf({ MEETINGBAAS_DAILY_BOT_CAP: '75' })).toBe(75)
    for (const wrong of ['0', '-1', '7.5', 'many'])
      expect(problemsOf({ ...enough, MEETINGBAAS_DAILY_BOT_CAP: wrong })).toEqual([
        'MEETINGBAAS_DAILY_BOT_CAP: must be a whole number from 1 to 10000000',
      ])
  })

  test('names all problems at once', () => {
    const problems = problemsOf({
      DATABASE_POOL_SIZE: 'many',
      REDIS_URL: 'localhost:6379',
      BOT_SPEECH_TO_TEXT: 'maybe',
    })
    expect(problems).toEqual([
      'DATABASE_URL: is required',
      'DATABASE_POOL_SIZE: must be a whole number from 4 to 500',
      'REDIS_URL: must be a URL with redis:// or rediss://',
      'MEETINGBAAS_API_KEY: is required',
      'BOT_SPEECH_TO_TEXT: must be true or false',
    ])
  })

  test('treats an empty variable as not set', () => {
    expect(problemsOf({ ...enough, MEETINGBAAS_API_KEY: ' ' })).toEqual(['MEETINGBAAS_API_KEY: is required'])
    expect(parseEnvironment(schema, { ...enough, REDIS_URL: '' }).REDIS_URL).toBeUndefined()
  })

  test('never shows a value', () => {
    const secrets = { DATABASE_URL: 'mysql://u:hunter2@h', MEETINGBAAS_WEBHOOK_SECRET: 'hunter2', REDIS_URL: 'hunter2' }
    expect(problemsOf({ ...secrets, MEETINGBAAS_API_VERSION: 'hunter2' }).join('\n')).not.toContain('hunter2')
  })

  test('refuses version 1 of the vendor API with a sentence', () => {
    const [problem] = problemsOf({ ...enough, MEETINGBAAS_API_VERSION: 'v1' })
    expect(problem).toContain('v1 is not supported')
  })

  test('checks rules between variables even when other variables are wrong', () => {
    const isBroken = ({ BOT_NAME }: { BOT_NAME?: string }) => BOT_NAME === 'x'
    const rules = [{ variable: 'BOT_NAME', message: 'must not be x', isBroken }]
    const parse = () => parseEnvironment(schema, { BOT_NAME: 'x' }, rules)
    expect(parse).toThrow(/DATABASE_URL: is required[\s\S]*BOT_NAME: must not be x/)
  })
})

describe('bot defaults', () => {
  test('are those of the integration guide', () => {
    expect(botDefaults(parseEnvironment(z.object(botSettings), {}))).toMatchObject({
      name: 'Seer Meeting Bot',
      recordingMode: 'speaker_view',
      speechToText: true,
      automaticLeave: { nooneJoinedTimeout: 300, waitingRoomTimeout: 120 },
    })
  })
})

describe('callback secrets', () => {
  test('come from the API key when none is set, and do not show it', () => {
    const derived = callbackSecrets(parseEnvironment(schema, enough))
    expect(derived).toEqual(callbackSecrets(parseEnvironment(schema, enough)))
    expect(derived).not.toEqual(
      callbackSecrets(parseEnvironment(schema, { ...enough, MEETINGBAAS_API_KEY: 'mb-key-2' })),
    )
    expect(derived.join()).not.toContain('mb-key-1')
  })

  test('are the ones that are set', () => {
    expect(callbackSecrets(parseEnvironment(schema, { ...enough, MEETINGBAAS_CALLBACK_SECRET: 'new,old' }))).toEqual([
      'new',
      'old',
    ])
  })
})

test('NODE_ENV has three values', () => {
  const read = (NODE_ENV: string) => parseEnvironment(z.object(environmentSettings), { NODE_ENV })
  for (const known of ['development', 'production', 'test']) expect(read(known).NODE_ENV).toBe(known)
  expect(() => read('staging')).toThrow(/NODE_ENV: must be/)
})

test('debug lines come with NODE_ENV=development, unless LOG_LEVEL says otherwise', () => {
  const levelOf = (environment: Record<string, string>) =>
    logLevelOf(parseEnvironment(z.object({ ...loggingSettings, ...environmentSettings }), environment))
  expect(levelOf({})).toBe('info')
  expect(levelOf({ NODE_ENV: 'production' })).toBe('info')
  expect(levelOf({ NODE_ENV: 'development' })).toBe('debug')
  expect(levelOf({ NODE_ENV: 'development', LOG_LEVEL: 'warn' })).toBe('warn')
})
