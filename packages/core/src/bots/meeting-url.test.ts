import { describe, expect, test } from 'vitest'
import { parseMeetingUrl } from './meeting-url.ts'

const thread = '19:meeting_NzA3YmQ4@thread.v2'

describe('parseMeetingUrl', () => {
  test.each([
    ['https://zoom.us/j/123456789', 'zoom', 'zoom:123456789'],
    ['https://us02web.zoom.us/j/91234567890?pwd=abc#success', 'zoom', 'zoom:91234567890'],
    ['http://acme.zoom.us/j/91234567890', 'zoom', 'zoom:91234567890'],
    ['https://acme.zoom.us/w/91234567890?tk=x', 'zoom', 'zoom:91234567890'],
    ['https://acme.zoom.us/s/91234567890', 'zoom', 'zoom:91234567890'],
    ['https://acme.zoom.us/wc/91234567890/join', 'zoom', 'zoom:91234567890'],
    ['https://acme.zoom.us/wc/join/91234567890', 'zoom', 'zoom:91234567890'],
    ['https://agency.zoomgov.com/j/1601234567', 'zoom', 'zoom:1601234567'],
    ['https://zoom.us/my/Ines.Okafor', 'zoom', 'zoom:my/ines.okafor'],
    ['https://meet.google.com/abc-defg-hij', 'meet', 'meet:abc-defg-hij'],
    ['  https://meet.google.com/ABC-defg-hij?authuser=1 ', 'meet', 'meet:abc-defg-hij'],
    ['https://meet.google.com/lookup/Weekly-1', 'meet', 'meet:lookup/weekly-1'],
    ['https://teams.microsoft.com/meet/2345678901234?p=AbC', 'teams', 'teams:2345678901234'],
    ['https://teams.live.com/meet/9312345678901?p=x', 'teams', 'teams:9312345678901'],
    [
      `https://teams.microsoft.com/l/meetup-join/${encodeURIComponent(thread)}/0?context=%7b%7d`,
      'teams',
      `teams:${thread.toLowerCase()}/0`,
    ],
    [
      `https://teams.microsoft.com/l/meetup-join/${thread}/1700000000000`,
      'teams',
      `teams:${thread.toLowerCase()}/1700000000000`,
    ],
    [
      `https://teams.microsoft.com/v2/?meetingjoin=true#/l/meetup-join/${thread}/0`,
      'teams',
      `teams:${thread.toLowerCase()}/0`,
    ],
    [
      `https://teams.microsoft.com/dl/launcher/launcher.html?url=${encodeURIComponent(`/_#/l/meetup-join/${thread}/0?x=1`)}`,
      'teams',
      `teams:${thread.toLowerCase()}/0`,
    ],
    ['https://gov.teams.microsoft.us/meet/2345678901234', 'teams', 'teams:2345678901234'],
  ])('reads %s', (text, platform, joinKey) => {
    expect(parseMeetingUrl(text)).toMatchObject({ platform, joinKey })
  })

  test.each([
    [''],
    ['meet.google.com/abc-defg-hij'],
    ['not a url'],
    ['javascript:alert(1)'],
    ['ftp://zoom.us/j/123456789'],
    ['https://zoom.us/'],
    ['https://zoom.us/j/12'],
    ['https://zoom.us/j/abcdefghi'],
    ['https://zoom.us.evil.test/j/123456789'],
    ['https://evilzoom.us/j/123456789'],
    ['https://user:pass@zoom.us/j/123456789'],
    ['https://zoom.us:8443/j/123456789'],
    ['https://meet.google.com/'],
    ['https://meet.google.com/new'],
    ['https://meet.google.com.evil.test/abc-defg-hij'],
    ['https://teams.microsoft.com/'],
    ['https://teams.microsoft.com/l/meetup-join/%E0%A4%A'],
    ['https://teams.microsoft.com/l/channel/19%3aabc%40thread.tacv2/General'],
    ['https://whereby.com/room'],
    [`https://meet.google.com/abc-defg-hij?x=${'a'.repeat(2_100)}`],
  ])('refuses %s', (text) => {
    expect(parseMeetingUrl(text)).toBeNull()
  })

  test('keeps the link to join by, made https', () => {
    expect(parseMeetingUrl('http://zoom.us/j/123456789?pwd=abc')?.url).toBe('https://zoom.us/j/123456789?pwd=abc')
  })
})
