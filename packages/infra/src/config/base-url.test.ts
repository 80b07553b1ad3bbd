import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { baseUrlRules, baseUrlSettings, baseUrlWarning } from './base-url.ts'
import { ConfigurationError, parseEnvironment } from './parse-environment.ts'
import { environmentSettings, vendorSettings } from './settings.ts'

const schema = z.object({ ...baseUrlSettings, ...environmentSettings, ...vendorSettings })
const read = (environment: Record<string, string>) =>
  parseEnvironment(schema, { MEETINGBAAS_API_KEY: 'key', ...environment }, baseUrlRules)

function problemsOf(environment: Record<string, string>): string[] {
  try {
    read(environment)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
  return []
}

const production = { NODE_ENV: 'production' }
const sandbox = { MEETINGBAAS_API_URL: 'http://sandbox.localhost:3100' }

describe('BASE_URL in production', () => {
  test.each<[string, Record<string, string>]>([
    ['is missing', {}],
    ['is plain http', { BASE_URL: 'http://seer.example.com' }],
    ['is on this machine', { BASE_URL: 'https://localhost:3001' }],
  ])('is refused when it %s', (_, environment) => {
    const [problem, ...others] = problemsOf({ ...production, ...environment })
    expect(problem).toMatch(/^BASE_URL: must be the https:\/\/ address at which Meeting BaaS reaches this API/)
    expect(others).toEqual([])
  })

  test('may be https, or http when the vendor is reached by http', () => {
    expect(problemsOf({ ...production, BASE_URL: 'https://seer.example.com' })).toEqual([])
    expect(problemsOf({ ...production, ...sandbox, BASE_URL: 'http://api:3001' })).toEqual([])
    expect(problemsOf({ ...production, ...sandbox })).toEqual([])
  })

  test('is reported once when it is not a URL', () => {
    expect(problemsOf({ ...production, BASE_URL: 'nonsense' })).toEqual([
      expect.stringMatching(/^BASE_URL: must be a URL/),
    ])
  })

  test('is not checked when the vendor’s address is wrong', () => {
    expect(problemsOf({ ...production, MEETINGBAAS_API_URL: 'nonsense' })).toHaveLength(1)
  })
})

describe('outside production', () => {
  test('an address on this machine gives a warning that real bots cannot reach it', () => {
    expect(problemsOf({})).toEqual([])
    expect(read({}).BASE_URL).toBe('http://localhost:3001')
    expect(baseUrlWarning(read({}))).toMatch(/^BASE_URL is on this machine/)
    expect(baseUrlWarning(read({ NODE_ENV: 'development', BASE_URL: 'http://127.0.0.1:3001' }))).not.toBeNull()
  })

  test('other addresses, or the sandbox, give no warning', () => {
    expect(baseUrlWarning(read({ BASE_URL: 'https://tunnel.example.com' }))).toBeNull()
    expect(baseUrlWarning(read({ BASE_URL: 'http://203.0.113.7:3001' }))).toBeNull()
    expect(baseUrlWarning(read(sandbox))).toBeNull()
  })
})
