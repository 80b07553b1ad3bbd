import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { errorCodes } from '../../basics/error-codes.ts'
import { explainedFailures, explainFailure } from './causes-of-failure.ts'

const guide = readFileSync(new URL('../../../../../docs/errors.md', import.meta.url), 'utf8')

test('every code of ours that a bot may fail with is explained', () => {
  const ofBots = Object.keys(errorCodes).filter(
    (code) => /^(VENDOR|BOT)_/.test(code) && !/CALENDAR|ALREADY|NOT_ENDED/.test(code),
  )
  expect(ofBots.length).toBeGreaterThan(10)
  expect(ofBots.filter((code) => !(code in explainedFailures))).toEqual([])
})

test.each(Object.entries(explainedFailures))('%s is explained in whole sentences', (_code, { explanation, advice }) => {
  expect(explanation).toMatch(/^[A-Z].*\.$/)
  expect(advice).toMatch(/^[A-Z].*\.$/)
})

test('a code that nobody knows is the vendor’s, and another order may help', () => {
  expect(explainFailure('SOMETHING_NEW')).toMatchObject({ cause: 'vendor', newOrderMayHelp: true })
  expect(explainFailure('toString')).toMatchObject({ cause: 'vendor', newOrderMayHelp: true })
})

test('the guide lists the same codes with the same words', () => {
  const rows = Object.entries(explainedFailures).map(
    ([code, { cause, explanation, advice, newOrderMayHelp }]) =>
      `| \`${code}\` | ${cause} | ${explanation} | ${newOrderMayHelp ? 'may help' : 'no'} | ${advice} |`,
  )
  const listed = guide
    .split('\n')
    .filter((line) => /^\| `\w+` \| (lobby|meeting|link|login|platform|capacity|vendor|ours) \|/.test(line))
  expect(listed).toEqual(rows)
})
