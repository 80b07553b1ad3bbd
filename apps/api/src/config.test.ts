import { expect, test } from 'vitest'
import { readApiSettings } from './config.ts'

const settings = (TRUST_PROXY: string) =>
  readApiSettings({ DATABASE_URL: 'postgresql://seer@localhost/seer', MEETINGBAAS_API_KEY: 'key', TRUST_PROXY })

test.each(['banana', '33', '10.0.0.1,banana', '10.0.0.1/x'])(
  'TRUST_PROXY=%s is answered with what it may be',
  (text) => {
    expect(() => settings(text)).toThrow(
      /TRUST_PROXY: must be true, false, a number of proxies or their addresses separated by commas$/,
    )
  },
)

test.each([
  ['true', true],
  ['0', false],
  ['1', 1],
  ['10.0.0.1,fd00::/8,loopback', ['10.0.0.1', 'fd00::/8', 'loopback']],
])('TRUST_PROXY=%s is %j', (text, meant) => {
  expect(settings(text).TRUST_PROXY).toEqual(meant)
})
