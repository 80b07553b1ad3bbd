import { describe, expect, test } from 'vitest'
import { startReceiver, startSandbox } from '../../testing/harness.ts'
import { namesMeeting } from './meeting-link.ts'
import { platformOf } from './platform.ts'

const meet = 'https://meet.google.com/abc-defg-hij'
const thread = 'l/meetup-join/19%3ameeting_x%40thread.v2/0?context=%7b%22Tid%22%3a%22t%22%7d'
const coordinates = (place: object) => btoa(JSON.stringify(place))
const work = coordinates({ conversationId: '19:meeting_x@thread.v2', tenantId: 't', messageId: '0' })
const personal = coordinates({ meetingCode: '9314067569126', passcode: 'x' })

describe('a bot finds a meeting', () => {
  test.each([
    meet,
    `${meet}?authuser=1`,
    `${meet}?authuser=1#top`,
    'https://zoom.us/j/81234567890',
    'https://us02web.zoom.us/j/81234567?pwd=x',
    'https://app.zoom.us/wc/81234567890/join',
    'https://zoom.us/w/81234567890?tk=x',
    'https://zoom.us/w/short?tk=x',
    'https://events.zoom.us/ejl/AbCd-1',
    'https://agency.zoomgov.com/my/ines',
    'https://teams.live.com/meet/9314067569126?p=x',
    'https://teams.live.com/dl/launcher/launcher.html?url=%2F_%23%2Fmeet%2F9314067569126',
    `https://teams.live.com/light-meetings/launch?coords=${personal}`,
    `https://teams.microsoft.com/${thread}`,
    `https://teams.microsoft.com/_#/${thread}`,
    'https://teams.microsoft.com/meet/2345678901234',
    `https://teams.microsoft.com/light-meetings/launch?coords=${work}`,
    `https://teams.sovcloud.fr/${thread}`,
  ])('at %s', (url) => expect(finds(url)).toBe(true))

  test.each([
    'https://meet.google.com/ABC-DEFG-HIJ',
    'https://meet.google.com/abc-defg-hiJ',
    `${meet}/`,
    `${meet}#top`,
    'https://meet.google.com/lookup/standup',
    'https://meet.google.com/abcdefghij',
    'https://zoom.us/j/',
    'https://zoom.us/j/1234567',
    'https://us02web.zoom.us/wc/join/',
    'https://zoom.us/my/ines',
    'https://zoom.us/j/?pwd=81234567890',
    'https://teams.live.com/meet/',
    'https://teams.live.com/_#/meet/9314067569126',
    'https://teams.live.com/dl/launcher/launcher.html',
    `https://teams.live.com/light-meetings/launch?coords=${work}`,
    'https://teams.microsoft.com/',
    'https://teams.microsoft.com/light-meetings/launch?coords=x',
    `https://teams.microsoft.com/light-meetings/launch?coords=${personal}`,
  ])('not at %s', (url) => expect(finds(url)).toBe(false))

  function finds(url: string): boolean {
    const platform = platformOf(url)
    if (!platform) throw new Error(`${url} belongs to no platform.`)
    return namesMeeting(url, platform)
  }
})

describe('a bot that finds no meeting', () => {
  const story = ['joining_call', 'invalid_meeting_url', 'recording_failed', 'failed']

  test.each([
    ['https://meet.google.com/ABC-DEFG-HIJ', story],
    [`${meet}/?sandbox=success`, story],
    // Zoom bots give no reason.
    ['https://zoom.us/my/ines', story.filter((status) => status !== 'invalid_meeting_url')],
  ])('at %s fails, whatever the scenario is', async (meeting_url, statuses) => {
    const receiver = await startReceiver()
    const sandbox = await startSandbox({ webhookUrls: [receiver.url] })
    const id = await sandbox.send({ meeting_url })
    await sandbox.advance(3_600)
    expect(await sandbox.history(id)).toEqual(['queued', ...statuses])
    expect(receiver.received.at(-1)?.body).toMatchObject({
      event: 'bot.failed',
      data: { bot_id: id, error_code: 'INVALID_MEETING_URL' },
    })
  })

  test('can be booked, and fails when it is launched', async () => {
    const sandbox = await startSandbox()
    const id = await sandbox.book(600, { meeting_url: `${meet}/` })
    await sandbox.advance(3_600)
    expect((await sandbox.get(`/v2/bots/${id}`)).body.data).toMatchObject({ error_code: 'INVALID_MEETING_URL' })
  })
})
