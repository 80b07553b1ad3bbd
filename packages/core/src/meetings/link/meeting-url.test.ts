import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { explainLink, linkReaderVersion, parseMeetingUrl, readMeetingUrl } from './meeting-url.ts'

const code = 'https://meet.google.com/abc-defg-hij'
const zoom = 'https://zoom.us/j/81234567890'
const zoomOpen = `${zoom}?pwd=abc`
const teams = 'https://teams.microsoft.com/meet/2345678901234?p=AbC'
const live = 'https://teams.live.com/meet/9314067569126?p=abc'

const thread = '19:meeting_NzA3YmQ4@thread.v2'
const [tenant, organizer] = ['8dd08955-18a8-4cd7-8017-5f997f4d47af', '0fab73dc-0c6c-4780-9032-1c19b5a545c3']
const context = `{"Tid":"${tenant}","Oid":"${organizer}"}`
/** The link as Microsoft writes it into invitations. */
const invited =
  'https://teams.microsoft.com/l/meetup-join/19%3ameeting_NzA3YmQ4%40thread.v2/0' +
  `?context=%7b%22Tid%22%3a%22${tenant}%22%2c%22Oid%22%3a%22${organizer}%22%7d`

const encoded = encodeURIComponent
const base64 = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64')
const safeLink = (link: string, region = 'nam02') =>
  `https://${region}.safelinks.protection.outlook.com/?url=${encoded(link)}&data=05%7C01%7Cines%40acme.test%7C&sdata=x%3D&reserved=0`
const launcher = (inner: string, host = 'teams.microsoft.com') =>
  `https://${host}/dl/launcher/launcher.html?url=${encoded(inner)}&type=meet&deeplinkId=1&directDl=true&msLaunch=true`

describe('the canonical link', () => {
  test.each([
    ['https://us02web.zoom.us/j/91234567890?pwd=abc.1#success', 'https://us02web.zoom.us/j/91234567890?pwd=abc.1'],
    ['https://acme.zoom.us/wc/91234567890/join?pwd=x', 'https://acme.zoom.us/j/91234567890?pwd=x'],
    ['https://acme.zoom.us/wc/91234567890/start', 'https://acme.zoom.us/j/91234567890'],
    ['https://app.zoom.us/wc/91234567890/join?fromPWA=1&pwd=x', 'https://zoom.us/j/91234567890?pwd=x'],
    ['https://www.zoom.us/j/91234567890', 'https://zoom.us/j/91234567890'],
    // The bot knows zoom.us but not zoom.com. Each meeting is at both.
    ['https://acme.zoom.com/j/92313847288?pwd=cY792', 'https://acme.zoom.us/j/92313847288?pwd=cY792'],
    ['https://tum-conf.zoom-x.de/j/67953460706?pwd=XI.1', 'https://tum-conf.zoom-x.de/j/67953460706?pwd=XI.1'],
    ['https://zoom.us/meeting/81234567890', zoom],
    ['https://zoom.us/meetings/81234567890/invitations?signature=x', zoom],
    ['https://zoom.us/launch/jc/81234567890', zoom],
    ['https://zoom.us/skype/81234567890', zoom],
    ['https://zoom.us/j/812-3456-7890?password=abc', zoomOpen],
    ['https://zoom.us/j/812%203456%207890', zoom],
    ['https://zoom.us/j/81234567890/?uname=Ines&pwd=abc&omn=1&from=addon&jst=2', zoomOpen],
    ['https://zoom.us./j/81234567890', zoom],
    ['https://zoom.us:443/j/81234567890', zoom],
    ['https://zoom.us/j/81234567890?pwd=a%2Bb%26c', `${zoom}?pwd=a%2Bb%26c`],
    ['https://zoom.us/j/81234567890?pwd=a+b', `${zoom}?pwd=a%2Bb`],
    ['zoommtg://zoom.us/join?action=join&confno=81234567890&pwd=abc&zc=0', zoomOpen],
    ['zoomus://zoom.us/join?confno=81234567890&pwd=abc', zoomOpen],

    ['https://meet.google.com/ABC-DEFG-HIJ/', code],
    ['  https://meet.google.com/ABC-defg-hij?authuser=1#x ', code],
    ['https://meet.google.com/_meet/abc-defg-hij?ijlm=1', code],
    ['https://tel.meet/abc-defg-hij?pin=1234567890', code],

    ['https://teams.microsoft.com/meet/234%20567%20890%201234?p=AbC', teams],
    ['https://teams.microsoft.com/v2/meet/2345678901234?p=AbC&anon=true', teams],
    ['https://teams.live.com/meet/9312345678901?p=x', 'https://teams.live.com/meet/9312345678901?p=x'],
    ['https://gov.teams.microsoft.us/meet/2345678901234', 'https://gov.teams.microsoft.us/meet/2345678901234'],
    ['https://dod.teams.microsoft.us/meet/2345678901234', 'https://dod.teams.microsoft.us/meet/2345678901234'],
    ['https://teams.cloud.microsoft/meet/2345678901234?p=x', 'https://teams.cloud.microsoft/meet/2345678901234?p=x'],
    ['https://teams.sovcloud.fr/meet/2345678901234', 'https://teams.sovcloud.fr/meet/2345678901234'],
    [`https://teams.microsoft.com:443/l/meetup-join/${thread}/0?context=${encoded(context)}&pp=z`, invited],
    [`https://teams.microsoft.com/l/meetup-join/${thread}/0?context=${context}`, invited],
    [`https://teams.microsoft.com/l/meetup-join/${thread}/0?context={Tid:${tenant},Oid:${organizer}}`, invited],
    [invited.replaceAll('%', '%25'), invited],
    [`https://teams.microsoft.com/_#/l/meetup-join/${thread}/0?context=${encoded(context)}&anon=true`, invited],
    [
      `https://teams.microsoft.com/v2/?meetingjoin=true#/l/meetup-join/${thread}/0?context=${encoded(context)}`,
      invited,
    ],
    [`msteams:/l/meetup-join/${thread}/0?context=${encoded(context)}`, invited],
    [`msteams://teams.microsoft.com/l/meetup-join/${thread}/0?context=${encoded(context)}`, invited],
    ['msteams:/meet/2345678901234?p=AbC', teams],
    // A thread belongs to Teams for work. At teams.live.com the bot knows only codes.
    [invited.replace('teams.microsoft.com', 'teams.live.com'), invited],
    [
      'https://teams.microsoft.com/l/meetup-join/19%3aab_c-d%40thread.tacv2/1740503107049',
      'https://teams.microsoft.com/l/meetup-join/19%3aab_c-d%40thread.tacv2/1740503107049',
    ],
    [
      'https://teams.microsoft.com/l/meetup-join/19:x_y@unq.gbl.spaces/0?context=%7b%22Tid%22%3a%22t%22%2c%22IsBroadcastMeeting%22%3atrue%7d',
      'https://teams.microsoft.com/l/meetup-join/19%3ax_y%40unq.gbl.spaces/0?context=%7b%22Tid%22%3a%22t%22%2c%22IsBroadcastMeeting%22%3atrue%7d',
    ],
  ])('of %s', (text, url) => {
    expect(parseMeetingUrl(text)?.url).toBe(url)
  })

  test.each([
    ['https://zoom.us/j/123456789', 'https://zoom.us/j/123456789', 'zoom:123456789'],
    ['http://acme.zoom.us/j/91234567890', 'https://acme.zoom.us/j/91234567890', 'zoom:91234567890'],
    ['https://acme.zoom.us/w/91234567890', 'https://acme.zoom.us/j/91234567890', 'zoom:91234567890'],
    ['https://acme.zoom.us/s/91234567890?zak=eyJ0', 'https://acme.zoom.us/j/91234567890', 'zoom:91234567890'],
    ['https://acme.zoom.us/wc/join/91234567890', 'https://acme.zoom.us/j/91234567890', 'zoom:91234567890'],
    ['https://agency.zoomgov.com/j/1601234567', 'https://agency.zoomgov.com/j/1601234567', 'zoom:1601234567'],
    ['https://zoom.com.cn/j/81234567890', 'https://zoom.com.cn/j/81234567890', 'zoom:81234567890'],
    // At these hosts the bot opens the link as it is.
    ['https://agency.zoomgov.com/my/Ines.Okafor', 'https://agency.zoomgov.com/my/ines.okafor', 'zoom:my/ines.okafor'],
    ['https://tum-conf.zoom-x.de/my/ines?pwd=x', 'https://tum-conf.zoom-x.de/my/ines?pwd=x', 'zoom:my/ines'],
    // People who registered have a token. Without it the bot stops at the registration page.
    [
      'https://zoom.us/w/81234567890?tk=aB-c.d_e&uuid=WN_x',
      'https://zoom.us/w/81234567890?tk=aB-c.d_e',
      'zoom:81234567890',
    ],
    ['https://zoom.us/j/81234567890?tk=aB&pwd=x', 'https://zoom.us/w/81234567890?tk=aB&pwd=x', 'zoom:81234567890'],
    ['https://events.zoom.us/ejl/AbCd-1', 'https://events.zoom.us/ejl/AbCd-1', 'zoom:ejl/AbCd-1'],
    ['https://meet.google.com/abc-defg-hij', code, 'meet:abc-defg-hij'],
    ['https://teams.microsoft.com/meet/2345678901234?p=AbC', teams, 'teams:2345678901234'],
    [invited, invited, `teams:${thread.toLowerCase()}/0`],
    [
      `https://teams.microsoft.com/l/meetup-join/${thread}/1700000000000`,
      'https://teams.microsoft.com/l/meetup-join/19%3ameeting_NzA3YmQ4%40thread.v2/1700000000000',
      `teams:${thread.toLowerCase()}/1700000000000`,
    ],
  ])('of %s, with the key of its meeting', (text, url, joinKey) => {
    expect(parseMeetingUrl(text)).toMatchObject({ url, joinKey })
  })

  test('names the platform', () => {
    expect([zoom, code, teams].map((link) => parseMeetingUrl(link)?.platform)).toEqual(['zoom', 'meet', 'teams'])
  })
})

describe('wrappers are opened', () => {
  const coordinates = { conversationId: thread, tenantId: tenant, messageId: '0', organizerId: organizer }
  const lightMeeting = (coords: string, host = 'teams.microsoft.com') =>
    `https://${host}/light-meetings/launch?agent=web&version=1&coords=${encoded(coords)}&deeplinkId=1`

  test.each([
    ['SafeLinks', safeLink(zoomOpen), zoomOpen],
    ['SafeLinks of a region', safeLink(zoomOpen, 'eur03'), zoomOpen],
    [
      'SafeLinks of a government',
      `https://gcc02.safelinks.protection.office365.us/?url=${encoded(zoomOpen)}`,
      zoomOpen,
    ],
    ['SafeLinks of China', `https://chn01.safelinks.protection.outlook.cn/?url=${encoded(zoomOpen)}`, zoomOpen],
    [
      'SafeLinks of an app',
      `https://nam02.safelinks.protection.outlook.com/ap/w-59584e83/?url=${encoded(zoomOpen)}`,
      zoomOpen,
    ],
    [
      'SafeLinks in Teams',
      `https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/atp-safelinks.html?url=${encoded(zoomOpen)}&locale=en-us`,
      zoomOpen,
    ],
    ['SafeLinks in Outlook', `https://outlook.office.com/mail/safelink.html?url=${encoded(zoomOpen)}`, zoomOpen],
    ['Proofpoint 1', `https://urldefense.proofpoint.com/v1/url?u=${encoded(zoomOpen)}&k=x`, zoomOpen],
    [
      'Proofpoint 2',
      'https://urldefense.proofpoint.com/v2/url?u=https-3A__meet.google.com_abc-2Ddefg-2Dhij-3Fhs-3D224&d=DwMFaQ&c=r&e=',
      code,
    ],
    [
      'Proofpoint 2 with a passcode',
      'https://urldefense.proofpoint.com/v2/url?u=https-3A__zoom.us_j_81234567890-3Fpwd-3Dabc&d=Dw',
      zoomOpen,
    ],
    ['Proofpoint 3', 'https://urldefense.com/v3/__https://zoom.us/j/81234567890?pwd=abc__;!!ABC123!xyz$', zoomOpen],
    [
      'Proofpoint 3 of a government',
      'https://urldefense.us/v3/__https://zoom.us/j/81234567890?pwd=abc__;!!ABC123!xyz$',
      zoomOpen,
    ],
    [
      'Proofpoint 3 with replaced characters',
      'https://urldefense.com/v3/__https://zoom.us/j/81234567890?pwd=abc*success__;Iw!!ABC123!xyz$',
      zoomOpen,
    ],
    [
      'Proofpoint 3 with a run of them',
      'https://urldefense.com/v3/__https:**Azoom.us/j/81234567890*pwd=abc__;Ly8_!!ABC$',
      zoomOpen,
    ],
    [
      'Proofpoint 3, slashes merged',
      'https://urldefense.com/v3/__https:/zoom.us/j/81234567890?pwd=abc__;!!ABC$',
      zoomOpen,
    ],
    ['Google', `https://www.google.com/url?q=${encoded(zoomOpen)}&sa=D&source=calendar&usg=AOv`, zoomOpen],
    [
      'Google, in HTML',
      'https://www.google.com/url?q=https://zoom.us/j/81234567890?pwd%3Dabc%26jst%3D2&amp;sa=D&amp;usg=x',
      zoomOpen,
    ],
    ['Google, by url', `https://google.com/url?sa=t&url=${encoded(zoomOpen)}`, zoomOpen],
    ['Google of a country', `https://www.google.co.uk/url?q=${encoded(zoomOpen)}`, zoomOpen],
    [
      'Google, not encoded',
      'https://www.google.com/url?q=https://zoom.us/j/81234567890?from=addon&pwd=abc&sa=D',
      zoomOpen,
    ],
    [
      'Google, with a fragment',
      'https://www.google.com/url?q=https://teams.microsoft.com/_#/meet/2345678901234?p=AbC',
      teams,
    ],
    ['Meet', `https://meet.google.com/linkredirect?authuser=0&dest=${encoded(zoomOpen)}`, zoomOpen],
    ['Hangouts', `https://hangouts.google.com/linkredirect?dest=${encoded(zoomOpen)}`, zoomOpen],
    ['Barracuda', `https://linkprotect.cudasvc.com/url?a=${encoded(zoomOpen)}&c=E,1,x&typo=1`, zoomOpen],
    ['Cisco', `https://secure-web.cisco.com/1F1pclAK9-tv/${encoded(zoomOpen)}`, zoomOpen],
    ['Sophos', `https://us-west-2.protection.sophos.com/?d=zoom.us&u=${base64(zoomOpen)}&i=x&t=y`, zoomOpen],
    [
      'Trend Micro',
      `https://ddec1-0-en-ctp.trendmicro.com:443/wis/clicktime/v1/query?url=${encoded(zoomOpen)}&umid=1`,
      zoomOpen,
    ],
    ['Trellix', `https://protect2.fireeye.com/v1/url?k=1&q=1&e=2&u=${encoded(zoomOpen)}`, zoomOpen],
    ['Symantec', `https://clicktime.symantec.com/3AbC?u=${encoded(zoomOpen)}`, zoomOpen],
    ['Check Point', `https://url.avanan.click/v2/___${zoomOpen}___.YXAzOmE6YTpn`, zoomOpen],
    [
      'Check Point, slashes merged',
      'https://protect.checkpoint.com/v2/r01/___https:/zoom.us/j/81234567890?pwd=abc___.YXAz',
      zoomOpen,
    ],
    ['Slack', `https://slack-redir.net/link?url=${encoded(zoomOpen)}&v=3`, zoomOpen],
    ['Facebook', `https://l.facebook.com/l.php?u=${encoded(zoomOpen)}&h=AT0`, zoomOpen],
    ['LinkedIn', `https://www.linkedin.com/safety/go?url=${encoded(zoomOpen)}&trk=x`, zoomOpen],
    [
      'several, one in another',
      safeLink(`https://www.google.com/url?q=${encoded(`https://linkprotect.cudasvc.com/url?a=${encoded(zoomOpen)}`)}`),
      zoomOpen,
    ],
    ['entities within', safeLink('https://zoom.us/j/81234567890?from=addon&amp;pwd=abc'), zoomOpen],
    ['encoded more often than needed', `https://www.google.com/url?q=${encoded(encoded(zoomOpen))}`, zoomOpen],

    ['a launcher', launcher('/_#/meet/2345678901234?p=AbC&anon=true'), teams],
    [
      'a launcher for a thread',
      launcher(`/_#/l/meetup-join/${thread}/0?context=${encoded(context)}&anon=true`),
      invited,
    ],
    ['a launcher of personal Teams', launcher('/_#/meet/9314067569126?p=abc&anon=true', 'teams.live.com'), live],
    [
      'a launcher of a government',
      launcher('/_#/meet/2345678901234?p=x', 'gov.teams.microsoft.us'),
      'https://gov.teams.microsoft.us/meet/2345678901234?p=x',
    ],
    [
      'a launcher of the defence',
      launcher('/_#/meet/2345678901234?p=x', 'dod.teams.microsoft.us'),
      'https://dod.teams.microsoft.us/meet/2345678901234?p=x',
    ],
    [
      'a launcher at teams.cloud.microsoft',
      launcher('/_#/meet/2345678901234?p=x', 'teams.cloud.microsoft'),
      'https://teams.cloud.microsoft/meet/2345678901234?p=x',
    ],
    ['a launcher of the web client', launcher('/v2/?meetingjoin=true#/meet/2345678901234?p=AbC'), teams],
    [
      'a launcher that is not encoded',
      'https://teams.microsoft.com/dl/launcher/launcher.html?url=/_#/meet/2345678901234?p=AbC&anon=true',
      teams,
    ],
    ['a launcher that is encoded twice', launcher(encoded('/_#/meet/2345678901234?p=AbC')), teams],
    ['a launcher in SafeLinks', safeLink(launcher('/_#/meet/2345678901234?p=AbC')), teams],
    ['a light meeting', lightMeeting(base64(coordinates)), invited],
    ['a light meeting, encoded inside', lightMeeting(base64(encoded(JSON.stringify(coordinates)))), invited],
    ['a light meeting, its padding lost', lightMeeting(base64(coordinates).replace(/=+$/, '')), invited],
    ['a light meeting of work, opened at teams.live.com', lightMeeting(base64(coordinates), 'teams.live.com'), invited],
    [
      'a light meeting of personal Teams',
      lightMeeting(base64({ meetingCode: '9314067569126', passcode: 'abc' }), 'teams.live.com'),
      live,
    ],
  ])('%s', (_, text, url) => {
    expect(readMeetingUrl(text)).toMatchObject({ ok: true, link: { url } })
  })
})

describe('the text around a link is removed', () => {
  test.each([
    ['https://teams.live.com/meet/9314067569126?p=abc>', live],
    ['https://teams.live.com/meet/9314067569126?p=abc%3E', live],
    ['https://teams.live.com/meet/9314067569126%3E', 'https://teams.live.com/meet/9314067569126'],
    ['https://zoom.us/j/81234567890?from=addon&amp;pwd=abc', zoomOpen],
    ['https://zoom.us/j/81234567890?from=addon&amp;amp;pwd=abc', zoomOpen],
    ['https://zoom.us/j/81234567890?from=addon&#38;pwd=abc', zoomOpen],
    ['https://zoom.us/j/81234567890?from=addon\\u0026pwd=abc', zoomOpen],
    ['https://zoom.us/j/81234567890?pwd=abc%3C/a%3E', zoomOpen],
    ['https://zoom.us/j/81234567890?pwd=abc</a>', zoomOpen],
    ['https://zoom.us/j/81234567890?pwd=abc&quot;&gt;Join', zoomOpen],
    ['https://zoom.us/j/81234567890?pwd=abc.', zoomOpen],
    ['https://zoom.us/j/81234567890?pwd=abc,', zoomOpen],
    ['https://zoom.us/j/81234567890?pwd=abc;', zoomOpen],
    ['(https://zoom.us/j/81234567890?pwd=abc).', zoomOpen],
    ['[https://zoom.us/j/81234567890?pwd=abc]', zoomOpen],
    ['"https://zoom.us/j/81234567890?pwd=abc"', zoomOpen],
    ["'https://zoom.us/j/81234567890?pwd=abc'", zoomOpen],
    ['“https://zoom.us/j/81234567890?pwd=abc”', zoomOpen],
    ['«https://zoom.us/j/81234567890?pwd=abc»', zoomOpen],
    ['`https://zoom.us/j/81234567890?pwd=abc`', zoomOpen],
    ['**https://zoom.us/j/81234567890?pwd=abc**', zoomOpen],
    ['_https://zoom.us/j/81234567890?pwd=abc_', zoomOpen],
    ['<https://zoom.us/j/81234567890?pwd=abc|Join>', zoomOpen],
    ['[Join](https://zoom.us/j/81234567890?pwd=abc)', zoomOpen],
    ['Join<https://zoom.us/j/81234567890?pwd=abc>', zoomOpen],
    ['<a href="https://zoom.us/j/81234567890?pwd=abc">Join</a>', zoomOpen],
    ["<a target=_blank href='https://zoom.us/j/81234567890?pwd=abc'>Join</a>", zoomOpen],
    ['<a href=https://zoom.us/j/81234567890?pwd=abc>Join</a>', zoomOpen],
    ['\u200bhttps://zoom.us/j/812\u200b34567890?pwd=abc\u200b', zoomOpen],
    ['\u202ahttps://zoom.us/j/81234567890?pwd=abc\u202c', zoomOpen],
    ['https://zoom.us/j/812345\u00ad67890?pwd=abc\ufeff', zoomOpen],
    ['https://zoom.us/j/8123<wbr>4567890?pwd=abc', zoomOpen],
    ['\u00a0https://zoom.us/j/81234567890?pwd=abc\u00a0', zoomOpen],
    ['Zoom: https://zoom.us/j/81234567890?pwd=abc', zoomOpen],
    ['Link:https://zoom.us/j/81234567890?pwd=abc', zoomOpen],
    ['会议链接：https://zoom.us/j/81234567890?pwd=abc，密码', zoomOpen],
    ['https://zoom.us/j/81234567890;Room 5', zoom],
    ['zoom.us/j/81234567890?pwd=abc', zoomOpen],
    ['//zoom.us/j/81234567890?pwd=abc', zoomOpen],
    ['meet.google.com/abc-defg-hij', code],
    ['(meet.google.com/abc-defg-hij)', code],
    ['meet.google.com/abc–defg–hij', code],
    ['https:\\/\\/zoom.us\\/j\\/81234567890?pwd=abc', zoomOpen],
    ['https://zoom.us/j/81234567890\\?pwd\\=abc', zoomOpen],
    ['HTTPS://ZOOM.US/J/81234567890?PWD=abc', zoomOpen],
    ['HTTPS://MEET.GOOGLE.COM/ABC-DEFG-HIJ', code],
    ['https://https://zoom.us/j/81234567890?pwd=abc', zoomOpen],
    ['https%3A%2F%2Fzoom.us%2Fj%2F81234567890%3Fpwd%3Dabc', zoomOpen],
    ['https%253A%252F%252Fzoom.us%252Fj%252F81234567890%253Fpwd%253Dabc', zoomOpen],
    ['https:%2F%2Fzoom.us%2Fj%2F81234567890%3Fpwd%3Dabc', zoomOpen],
    ['https://meet.google.com/abc-defg-hij%3E', code],
    ['https://meet.google.com/abc-defg-hij.', code],
  ])('%s', (text, url) => {
    expect(readMeetingUrl(text)).toMatchObject({ ok: true, link: { url } })
  })
})

describe('a text with several links', () => {
  test.each([
    ['the same meeting again', `${zoom} ${zoomOpen} ${zoom}`, zoomOpen],
    [
      'a link that is also shown shortened',
      `<a href="${zoomOpen}def.1">https://zoom.us/j/8123456…</a>`,
      `${zoomOpen}def.1`,
    ],
    ['a link whose passcode is also shown shortened', `${zoomOpen}... ${zoomOpen}def.1`, `${zoomOpen}def.1`],
    ['other links', `Agenda https://docs.google.com/document/d/1 ${code} and https://acme.test`, code],
    ['the same meeting, wrapped and not', `${safeLink(zoomOpen)} ${zoom}`, zoomOpen],
    [
      'pages that belong to the same meeting',
      `${code} https://tel.meet/abc-defg-hij?pin=1 https://support.google.com/a`,
      code,
    ],
    ['a recording of another meeting', `Last time: https://zoom.us/rec/share/xyz Now: ${zoomOpen}`, zoomOpen],
  ])('%s', (_, text, url) => {
    expect(readMeetingUrl(text)).toMatchObject({ ok: true, link: { url } })
  })

  test('links to two meetings give no link', () => {
    const problem = { code: 'several_meetings', links: ['zoom:81234567890', 'meet:abc-defg-hij'] }
    expect(readMeetingUrl(`${zoom} or ${code}`)).toEqual({ ok: false, problem })
  })
})

describe('a text without a meeting link is refused', () => {
  test.each([
    [''],
    ['not a url'],
    ['javascript:alert(1)'],
    ['ftp://zoom.us/j/123456789'],
    ['ines@zoom.us'],
    ['https://'],
    ['https://zoom.us/'],
    ['https://zoom.us/j/12'],
    ['https://us02web.zoom.us/j/'],
    ['https://zoom.us/j/abcdefghi'],
    ['https://zoom.us/j/8123456789012'],
    ['https://zoom.us/j/81234567890abc'],
    ['https://zoom.us/u/abc123'],
    ['https://zoom.us.evil.test/j/123456789'],
    ['https://evilzoom.us/j/123456789'],
    ['https://evil-zoom.us/j/123456789'],
    ['https://evil–zoom.us/j/123456789'],
    ['https://evil\u200bzoom.us/j/123456789'],
    ['https://evilézoom.us/j/123456789'],
    ['https://zооm.us/j/123456789'],
    ['https://zoom.us@evil.test/j/123456789'],
    ['https://evil.test\\@zoom.us/j/81234567890'],
    ['https://user:pass@zoom.us/j/123456789'],
    ['https://zoom.us:8443/j/123456789'],
    ['https://evil.test/zoom.us/j/81234567890'],
    ['https://evil.test/?url=https://zoom.us/j/81234567890'],
    ['https://evil.test/?url=https%3A%2F%2Fzoom.us%2Fj%2F81234567890'],
    ['evil.test/?url=https://zoom.us/j/81234567890'],
    ['https://evil.test/#https://zoom.us/j/81234567890'],
    ['https://safelinks.protection.outlook.com.evil.test/?url=https%3A%2F%2Fzoom.us%2Fj%2F81234567890'],
    ['https://www.google.com/search?q=https://zoom.us/j/81234567890'],
    ['https://www.google.evil.test/url?q=https://zoom.us/j/81234567890'],
    ['https://www.google.com/url?q=https://evil.test/j/81234567890'],
    ['https://www.google.com/url?usg=x'],
    ['https://urldefense.com/v3/__;!!'],
    ['https://urldefense.com/v3/__https://zoom.us/'],
    ['https://meet.google.com/'],
    ['https://meet.google.com/new'],
    ['https://meet.google.com/abc-defg-hijk'],
    ['https://meet.google.com.evil.test/abc-defg-hij'],
    ['https://teams.microsoft.com/'],
    ['https://teams.microsoft.com/meet/12'],
    ['https://teams.microsoft.com/l/meetup-join/%E0%A4%A'],
    ['https://teams.microsoft.com/l/meeting/details?eventId=1'],
    ['https://teams.microsoft.com/meetingOptions/?threadId=19_meeting_x@thread.v2'],
    ['https://teams.microsoft.com/light-meetings/launch?coords=e30%3D'],
    ['https://teams.microsoft.com/light-meetings/launch?coords=%00'],
    [launcher('https://evil.test/meet/2345678901234')],
    ['https://whereby.com/room'],
    [`${zoom} ${'a'.repeat(50_000)}`],
  ])('%s', (text) => {
    expect(parseMeetingUrl(text)).toBeNull()
  })

  /** Why no bot can join by a text, or the link if one can. */
  function reasonOf(text: string): string {
    const reading = readMeetingUrl(text)
    return reading.ok ? reading.link.url : explainLink(reading.problem)
  }

  test.each([
    [safeLink('https://acme.webex.com/meet/ines'), /leads to acme\.webex\.com/],
    ['https://meet.google.com/lookup/Weekly-1', /leads to meet\.google\.com\. It is a nickname/],
    ['https://g.co/meet/weekly', /It is a nickname/],
    ['https://zoom.us/my/Ines.Okafor', /leads to zoom\.us\. It is a personal link .* use the link with the number/],
    ['https://acme.zoom.us/my/ines?pwd=x', /It is a personal link/],
    ['https://acme.zoom.com/my/ines', /It is a personal link/],
    ['https://zoom.us/my/81234567890', /It is a personal link/],
    ['https://meet.google.com/stream/1-2-3', /It is a live stream/],
    ['https://zoom.us/webinar/register/WN_abc', /It is a registration page/],
    ['https://zoom.us/meeting/register/tZ81234567890', /It is a registration page/],
    ['https://events.zoom.us/ev/abc', /It is a registration page/],
    ['https://events.teams.microsoft.com/event/1@2', /It is a registration page/],
    ['https://zoom.us/rec/share/81234567890', /It is a recording/],
    ['https://teams.microsoft.com/l/channel/19%3aabc%40thread.tacv2/General', /It is a chat or channel/],
    [
      'https://protect-eu.mimecast.com/s/AbC?domain=zoom.us',
      /leads to protect-eu\.mimecast\.com.* target cannot be read/,
    ],
    ['https://us-east-2.protection.sophos.com/?d=zoom.us&q=4bPL', /target cannot be read/],
    ['https://zoom.us:8443/j/123456789', /user name or a port/],
  ])('%s, with a reason', (text, part) => {
    expect(reasonOf(text)).toMatch(part)
  })

  test.each([
    ['https://whereby.com/room', 'It leads to whereby.com, which is not Zoom, Google Meet or Microsoft Teams.'],
    ['Room 5', 'There is no link in it.'],
    [`${zoom} ${code}`, 'It has links to 2 meetings.'],
    ['a'.repeat(50_001), 'It is too long.'],
  ])('%s, with the reason %s', (text, reason) => {
    expect(reasonOf(text)).toBe(reason)
  })
})

/**
 * When this fails, raise `linkReaderVersion` and write the new figure here. Then stored events are read again.
 */
test('the version is raised whenever links are read differently', () => {
  const texts = [
    zoomOpen,
    'https://zoom.us/w/81234567890?tk=x&pwd=abc',
    'https://zoom.us/my/Ines',
    `${code}?authuser=1`,
  ]
  const others = [teams, live, invited, safeLink(zoomOpen), `(${zoom}) <${code}>`, 'https://meet.google.com/lookup/x']
  const readings = JSON.stringify([...texts, ...others].map(readMeetingUrl))
  const figure = createHash('sha1').update(readings).digest('hex').slice(0, 8)
  expect({ version: linkReaderVersion, figure }).toEqual({ version: 3, figure: 'ffd08aea' })
})
