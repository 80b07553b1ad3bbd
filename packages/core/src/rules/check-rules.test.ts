import { expect, test } from 'vitest'
import { at, botDefaults } from '../../testing/meetings/builders.ts'
import { ines, someRules } from '../../testing/planning/events.ts'
import { checkRules } from './check-rules.ts'

const problemsOf = (rules: Record<string, unknown>, accountEmails = [ines]) =>
  checkRules(someRules(rules), { now: at(0), accountEmails, botDefaults }).map(({ path }) => path)

test.each([
  [{ participants: { min: 3, max: 2 } }, ['participants.min']],
  [{ durationMinutes: { min: 60, max: 30 } }, ['durationMinutes.min']],
  [{ durationMinutes: { min: 1_500 } }, ['durationMinutes.min']],
  [{ participants: { max: 1 }, record: 'external' }, ['participants.max']],
  [{ participants: { max: 1 }, role: 'guest' }, ['participants.max']],
  [{ participants: { max: 1 }, include: { domains: ['client.test'] } }, ['participants.max']],
  [{ pausedUntil: at(-1).toISOString() }, ['pausedUntil']],
  [{ pausedUntil: at(0).toISOString() }, ['pausedUntil']],
  [{ leadMinutes: 2 }, ['leadMinutes']],
  [
    {
      leadMinutes: 10,
      bot: { customBotConfig: { automaticLeave: { waitingRoomTimeout: 600, nooneJoinedTimeout: 601 } } },
    },
    ['leadMinutes'],
  ],
  [{ internalDomains: ['acme.com', 'gmail.com', '*.gmx.de'] }, ['internalDomains.1', 'internalDomains.2']],
  [{ include: { keywords: ['Sales'] }, exclude: { keywords: ['sàles'] } }, ['include.keywords.0']],
  [{ include: { keywords: ['"x"', 'sales call'] }, exclude: { keywords: ['sales'] } }, ['include.keywords.1']],
  [{ include: { people: ['bo@law.test'] }, exclude: { domains: ['law.test'] } }, ['include.people.0']],
  [{ include: { people: ['bo@law.test'] }, exclude: { people: ['BO@law.test'] } }, ['include.people.0']],
  [{ include: { domains: ['eu.law.test'] }, exclude: { domains: ['*.law.test'] } }, ['include.domains.0']],
  [{ include: { domains: ['*.law.test'] }, exclude: { domains: ['*.law.test'] } }, ['include.domains.0']],
  [{ include: { people: [ines] } }, ['include.people.0']],
  [{ exclude: { people: [ines] } }, ['exclude.people.0']],
  [
    {
      record: 'internal',
      include: { domains: ['client.test', 'acme.test'], people: ['kim@client.test', 'bo@acme.test'] },
    },
    ['include.people.0', 'include.domains.0'],
  ],
])('%j cannot work', (rules, paths) => expect(problemsOf(rules)).toEqual(paths))

test.each([
  [{}],
  [{ enabled: false }],
  [{ participants: { min: 2, max: 2 }, durationMinutes: { min: 5, max: 5 } }],
  [{ participants: { max: 1 } }],
  [{ participants: { max: 1 }, include: { keywords: ['solo'], domains: ['client.test'] } }],
  [{ durationMinutes: { min: 1_500 }, includeAllDay: true }],
  [{ pausedUntil: at(1).toISOString() }],
  [{ leadMinutes: 1 }],
  [{ include: { keywords: ['sales'] }, exclude: { keywords: ['sales call', '"sales"'] } }],
  [{ include: { domains: ['law.test'] }, exclude: { domains: ['*.law.test'], people: ['bo@law.test'] } }],
  [{ record: 'internal', internalDomains: ['*.acme.test'], include: { domains: ['*.acme.test', 'eu.acme.test'] } }],
  [{ record: 'external', include: { domains: ['acme.test'] } }],
])('%j is fine', (rules) => expect(problemsOf(rules)).toEqual([]))

test('a user with only mail provider addresses has no internal meetings with others', () => {
  const gmail = ['ines@gmail.com']
  expect(problemsOf({ record: 'internal', participants: { min: 2 } }, gmail)).toEqual(['record'])
  expect(problemsOf({ record: 'internal', participants: { min: 2 }, internalDomains: ['acme.com'] }, gmail)).toEqual([])
  expect(problemsOf({ record: 'internal', include: { people: ['bo@gmail.com'] } }, gmail)).toEqual(['include.people.0'])
})
