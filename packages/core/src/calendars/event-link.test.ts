import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { aListedEvent } from '../../testing/calendars/calendar-builders.ts'
import { syncedCalendar } from '../../testing/calendars/synced-calendar.ts'
import { readEventLink } from './event-link.ts'
import { fingerprintOf } from './sync/diff-events.ts'

const zoom = 'https://zoom.us/j/81234567890?pwd=abc'
const meet = 'https://meet.google.com/abc-defg-hij'
const nothing = { meetingUrl: null, location: null, description: null }

/** Descriptions as Zoom, Teams and Google write them. */
const invitations = {
  zoom: `<p>Ines Okafor is inviting you to a scheduled Zoom meeting.</p><p>Join Zoom Meeting<br>
    <a href="https://www.google.com/url?q=https://zoom.us/j/81234567890?pwd%3Dabc&amp;sa=D&amp;usg=x" target="_blank">https://zoom.us/j/81234567890?pwd=abc</a></p>
    <p>Meeting ID: 812 3456 7890<br>Passcode: 123456</p><p>One tap mobile<br>+13017158592,,81234567890#,,,,*123456# US</p>
    <p>Find your local number: <a href="https://zoom.us/u/abc123">https://zoom.us/u/abc123</a></p>
    <p>Join by SIP<br>81234567890@zoomcrc.com</p><p>Join by Skype <a href="https://zoom.us/skype/81234567890">here</a></p>`,
  teams: `________________________________________________________________________________
    Microsoft Teams Need help?<https://aka.ms/JoinTeamsMeeting?omkt=en-US>
    Join the meeting now<https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fteams.microsoft.com%2Fmeet%2F2345678901234%3Fp%3DAbC&data=05|02|ines%40acme.test|x>
    Meeting ID: 234 567 890 1234
    Passcode: AbC
    Dial in by phone
    +1 323-555-0100,,123456789#<tel:+13235550100,,123456789#> United States, Los Angeles
    Find a local number<https://dialin.teams.microsoft.com/1-2-3?id=123456789>
    For organizers: Meeting options<https://teams.microsoft.com/meetingOptions/?organizerId=1&tenantId=2&threadId=19_meeting_x@thread.v2&messageId=0&language=en-US> | Reset dial-in PIN<https://dialin.teams.microsoft.com/usp/pstnconferencing>`,
  meet: `Join with Google Meet: https://meet.google.com/abc-defg-hij
    Or dial: (US) +1 234-567-8901 PIN: 123456789#
    More phone numbers: https://tel.meet/abc-defg-hij?pin=1234567890123
    Learn more about Meet at: https://support.google.com/a/users/answer/9282720
    Agenda: https://docs.google.com/document/d/1`,
}

describe('the link of an event', () => {
  test.each([
    ['the field', { meetingUrl: zoom, location: meet, description: meet }, zoom],
    ['the location', { location: `Room 5 (${zoom})`, description: meet }, zoom],
    [
      'the location, beside a field that bots cannot join',
      { meetingUrl: 'https://acme.webex.com/meet/ines', location: zoom },
      zoom,
    ],
    ['the description', { location: 'Room 5', description: `Agenda: https://acme.test\nJoin: ${meet}` }, meet],
    [
      'the description, beside a location with a map',
      { location: 'https://maps.google.com/?q=Room', description: meet },
      meet,
    ],
    ['an invitation of Zoom', { description: invitations.zoom }, zoom],
    [
      'an invitation of Teams',
      { description: invitations.teams },
      'https://teams.microsoft.com/meet/2345678901234?p=AbC',
    ],
    ['an invitation of Google', { description: invitations.meet }, meet],
    [
      'behind 30,000 characters of style',
      { description: `<style>${'p { margin: 0 } '.repeat(1_900)}</style>${invitations.zoom}` },
      zoom,
    ],
    ['beside the recording of the last meeting', { description: `https://zoom.us/rec/share/x ${meet}` }, meet],
  ])('is found in %s', (_, texts, url) => {
    expect(readEventLink({ ...nothing, ...texts })).toMatchObject({ ok: true, link: { url } })
  })

  test.each([
    ['nowhere', {}, { code: 'no_link' }],
    [
      'links to other things',
      { location: 'https://maps.google.com/?q=x', description: 'https://acme.test/a' },
      { code: 'no_link' },
    ],
    [
      'a field of another service',
      { meetingUrl: 'https://acme.webex.com/meet/ines' },
      { code: 'unknown_host', host: 'acme.webex.com' },
    ],
    ['two meetings in the description', { description: `${zoom} or ${meet}` }, { code: 'several_meetings' }],
    [
      'two meetings in the location, one in the description',
      { location: `${zoom} ${meet}`, description: zoom },
      { code: 'several_meetings' },
    ],
    ['a nickname', { location: 'https://meet.google.com/lookup/weekly' }, { code: 'not_joinable', what: 'nickname' }],
    [
      'a page to register at',
      { description: 'https://zoom.us/webinar/register/WN_x' },
      { code: 'not_joinable', what: 'registration' },
    ],
    ['a page of a platform', { description: 'Help: https://zoom.us/u/abc' }, { code: 'no_link' }],
  ])('is missing: %s', (_, texts, problem) => {
    expect(readEventLink({ ...nothing, ...texts })).toMatchObject({ ok: false, problem })
  })
})

describe('a sync', () => {
  const unlinked = { meetingUrl: null, platform: null }

  test('stores the canonical link, wherever it is in the event', async () => {
    const { put, sync, stored } = await syncedCalendar()
    put({ title: 'a', meetingUrl: 'HTTPS://MEET.GOOGLE.COM/ABC-DEFG-HIJ/', platform: null })
    put({ title: 'b', ...unlinked, location: `Room 5, ${zoom}.` })
    put({ title: 'c', ...unlinked, description: invitations.teams })
    put({ title: 'd', meetingUrl: 'https://acme.webex.com/meet/ines', platform: null })
    await sync()
    const teams = 'https://teams.microsoft.com/meet/2345678901234?p=AbC'
    expect((await stored()).sort((a, b) => a.title.localeCompare(b.title))).toMatchObject([
      { meetingUrl: meet, platform: 'meet', joinKey: 'meet:abc-defg-hij' },
      { meetingUrl: zoom, platform: 'zoom', joinKey: 'zoom:81234567890', location: `Room 5, ${zoom}.` },
      { meetingUrl: teams, platform: 'teams', joinKey: 'teams:2345678901234' },
      { meetingUrl: 'https://acme.webex.com/meet/ines', platform: null, joinKey: null },
    ])
    expect(await sync()).toMatchObject({ outcome: 'unchanged' })
  })

  test('keeps the link of a description while that cannot be read, unless the list has a new link', async () => {
    const { put, change, sync, stored, vendor } = await syncedCalendar()
    const event = put({ ...unlinked, description: zoom })
    await sync()
    vendor.getEvent = async () => null
    change(event.id, { title: 'Renamed' }, 'list')
    await sync()
    expect(await stored()).toMatchObject([{ title: 'Renamed', meetingUrl: zoom, joinKey: 'zoom:81234567890' }])
    change(event.id, { meetingUrl: meet, platform: 'meet' }, 'list')
    await sync()
    expect(await stored()).toMatchObject([{ meetingUrl: meet, joinKey: 'meet:abc-defg-hij' }])
  })

  test('forgets a link that is no longer in the event', async () => {
    const { put, change, sync, stored } = await syncedCalendar()
    const event = put({ ...unlinked, description: zoom })
    await sync()
    change(event.id, { title: 'In person', description: 'Room 5' })
    await sync()
    expect(await stored()).toMatchObject([{ meetingUrl: null, platform: null, joinKey: null }])
  })

  test('reads an event without a link once more before it starts, because its description may have a link by then', async () => {
    const { put, change, sync, stored, pass } = await syncedCalendar()
    const event = put({ ...unlinked, description: null })
    await sync()
    change(event.id, { description: zoom }, 'details')
    pass((event.startTime.getTime() - Date.UTC(2026, 2, 10, 9)) / 1_000)
    await sync()
    expect(await stored()).toMatchObject([{ joinKey: 'zoom:81234567890' }])
  })

  test('treats every event as changed that was written when links were read differently', () => {
    const listed = aListedEvent()
    const { id, seriesId, isRecurring, isException, title, status, meetingUrl, platform, botScheduled } = listed
    const times = [listed.startTime.getTime(), listed.endTime.getTime()]
    const facts = [id, seriesId, isRecurring, isException, title, status, meetingUrl, platform, botScheduled, ...times]
    const older = createHash('sha1').update(JSON.stringify(facts)).digest('base64')
    expect(fingerprintOf(listed)).not.toBe(older)
  })
})
