import { describe, expect, test } from 'vitest'
import { defaultRules, RecordingRules } from './rules.ts'

test('the default rules record nothing', () => {
  expect(defaultRules).toEqual({
    enabled: false,
    record: 'all',
    role: 'any',
    onlyAccepted: false,
    participants: { min: null, max: null },
    durationMinutes: { min: null, max: null },
    include: { keywords: [], people: [], domains: [] },
    exclude: { keywords: [], people: [], domains: [] },
    internalDomains: [],
    includeAllDay: false,
    pausedUntil: null,
    leadMinutes: 0,
    bot: { customBotName: null, customBotConfig: {} },
  })
})

test('texts are normalised and repeated entries are dropped', () => {
  const rules = RecordingRules.parse({
    include: { keywords: [' Sales ', 'SALES', 'sâles'], people: ['Bo@ACME.test', 'bo@acme.test'] },
    exclude: { domains: ['@Law.test', 'law.test', 'münchen.de'] },
    internalDomains: ['*.Acme.test'],
    pausedUntil: '2026-04-01T09:00:00+02:00',
    bot: { customBotName: ' Notes ', customBotConfig: { recordingMode: 'audio_only' } },
  })
  expect(rules).toMatchObject({
    include: { keywords: ['sâles'], people: ['bo@acme.test'] },
    exclude: { domains: ['law.test', 'xn--mnchen-3ya.de'] },
    internalDomains: ['*.acme.test'],
    pausedUntil: '2026-04-01T07:00:00.000Z',
    bot: { customBotName: 'Notes', customBotConfig: { recordingMode: 'audio_only' } },
  })
  expect(RecordingRules.parse(rules)).toEqual(rules)
})

describe('wrong rules are refused, and the error names the field', () => {
  test.each([
    [{ enable: true }, ''],
    [{ enabled: 'yes' }, 'enabled'],
    [{ record: 'some' }, 'record'],
    [{ role: 'host' }, 'role'],
    [{ participants: { min: 0 } }, 'participants.min'],
    [{ participants: { max: 1.5 } }, 'participants.max'],
    [{ participants: { most: 3 } }, 'participants'],
    [{ durationMinutes: { max: 1e6 } }, 'durationMinutes.max'],
    [{ include: { keywords: ['""'] } }, 'include.keywords.0'],
    [{ include: { keywords: ['a'.repeat(101)] } }, 'include.keywords.0'],
    [{ include: { words: [] } }, 'include'],
    [{ exclude: { people: ['bo'] } }, 'exclude.people.0'],
    [{ exclude: { people: ['bo@acme.com, kim@acme.com'] } }, 'exclude.people.0'],
    [{ exclude: { people: ['/o=ExchangeLabs/cn=bo'] } }, 'exclude.people.0'],
    [{ exclude: { domains: ['www.acme.com'] } }, 'exclude.domains.0'],
    [{ exclude: { domains: ['bo@acme.com'] } }, 'exclude.domains.0'],
    [{ exclude: { domains: ['acme.com', 'https://acme.com/team'] } }, 'exclude.domains.1'],
    [{ exclude: { domains: Array.from({ length: 101 }, (_, i) => `d${i}.com`) } }, 'exclude.domains'],
    [{ internalDomains: ['acme'] }, 'internalDomains.0'],
    [{ pausedUntil: 'tomorrow' }, 'pausedUntil'],
    [{ pausedUntil: '2026-13-01T00:00:00Z' }, 'pausedUntil'],
    [{ leadMinutes: 16 }, 'leadMinutes'],
    [{ leadMinutes: -1 }, 'leadMinutes'],
    [{ bot: { customBotConfig: { recordingMode: 'cinema' } } }, 'bot.customBotConfig.recordingMode'],
    [{ bot: { name: 'x' } }, 'bot'],
    [null, ''],
    [[], ''],
  ])('%j', (rules, path) => {
    const issues = RecordingRules.safeParse(rules).error?.issues ?? []
    expect(issues.map((issue) => issue.path.join('.'))).toContain(path)
  })
})
