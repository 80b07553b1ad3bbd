import { expect, test } from 'vitest'
import { decide } from '../../testing/planning/decide.ts'
import { anEvent } from '../../testing/planning/events.ts'

test.each([
  ['no link', {}, 'no_meeting_url', undefined],
  [
    'a field of another service',
    { meetingUrl: 'https://acme.webex.com/meet/ines' },
    'unsupported_platform',
    'acme.webex.com',
  ],
  [
    'a link in a wrapper that is not opened',
    { meetingUrl: 'https://evil.test/?url=https://zoom.us/j/123456789' },
    'unsupported_platform',
    'evil.test',
  ],
  [
    'a nickname',
    { meetingUrl: 'https://meet.google.com/lookup/weekly' },
    'link_not_joinable',
    expect.stringMatching(/^meet\.google\.com: It is a nickname/),
  ],
  [
    'a personal link',
    { location: 'https://acme.zoom.us/my/ines?pwd=x' },
    'link_not_joinable',
    expect.stringMatching(/^acme\.zoom\.us: It is a personal link .* use the link with the number\.$/),
  ],
  [
    'a page to register at',
    { description: 'Sign up: https://zoom.us/webinar/register/WN_x' },
    'link_not_joinable',
    expect.stringMatching(/^zoom\.us: It is a registration page/),
  ],
  [
    'two meetings',
    { location: 'https://zoom.us/j/123456789 meet.google.com/abc-defg-hij' },
    'several_meetings',
    'zoom:123456789, meet:abc-defg-hij',
  ],
  // The next sync reads it.
  [
    'a link that an older version could not read',
    { meetingUrl: 'HTTPS://ZOOM.US/J/123456789' },
    'unsupported_platform',
    undefined,
  ],
])('an event with %s says so', (_, texts, code, detail) => {
  const event = anEvent({ meetingUrl: null, location: null, description: null, ...texts, joinKey: null })
  const decision = decide({ event })
  expect(decision).toMatchObject({ willRecord: false, by: 'event', winner: code })
  expect(decision.reasons[0]?.detail).toEqual(detail)
})
