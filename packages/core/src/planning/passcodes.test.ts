/** One meeting, spelled with and without its passcode: which link its bot joins by, and who may share it. */
import { describe, expect, test } from 'vitest'
import { anIntegration } from '../../testing/calendars/calendar-builders.ts'
import { schedulingWorld } from '../../testing/planning/scheduling-world.ts'

const bare = 'https://zoom.us/j/91234567890'
const secret = `${bare}?pwd=abc.1`
const other = `${bare}?pwd=xyz.1`

const linksOf = ({ live }: Pick<Awaited<ReturnType<typeof schedulingWorld>>, 'live'>) =>
  live().map(({ request }) => request.meetingUrl)

/** Ines has a second calendar; Bo is a colleague. */
async function openWorld() {
  const world = await schedulingWorld()
  const second = anIntegration({ userId: world.userId, accountEmail: 'ines@home.test' })
  await world.integrations.add(second)
  const bo = await world.addUser('bo@acme.test')
  const shown = async (of: string = world.userId) =>
    (await world.meetings.list(of, {}, null, 10)).map(({ meeting }) => meeting.meetingUrl)
  const joinsBy = () => linksOf(world)
  return { ...world, second, bo, shown, joinsBy }
}

describe('two calendars of a user', () => {
  test.each([
    ['the first', secret, bare],
    ['the second', bare, secret],
  ])('the passcode is in %s: one bot comes, and has the passcode', async (_, first, second) => {
    const world = await openWorld()
    await world.put({ meetingUrl: first })
    await world.put({ meetingUrl: second }, world.second)
    await world.settle()
    expect(world.joinsBy()).toEqual([secret])
  })

  test('the passcode arrives after the bot was booked: one write gives it to the bot', async () => {
    const world = await openWorld()
    await world.put({ meetingUrl: bare })
    await world.settle()
    const [{ botId } = { botId: '' }] = world.live()
    const writes = world.writesSoFar()
    await world.put({ meetingUrl: secret }, world.second)
    await world.settle()
    expect(world.live()).toMatchObject([{ botId, request: { meetingUrl: secret } }])
    expect(world.writesSoFar() - writes).toBe(1)
    expect(await world.shown()).toEqual([bare])
  })

  test.each([
    ['is cancelled', { status: 'cancelled' as const }],
    ['is moved elsewhere', { meetingUrl: 'https://zoom.us/j/999999999' }],
  ])('the event with the passcode %s: the bot keeps it', async (_, change) => {
    const world = await openWorld()
    const event = await world.put({ meetingUrl: secret })
    await world.put({ meetingUrl: bare }, world.second)
    await world.settle()
    await world.put({ ...event, ...change })
    await world.settle()
    expect(world.joinsBy().filter((link) => link.startsWith(bare))).toEqual([secret])
  })

  test('the calendar with the passcode is disconnected: the bot keeps it', async () => {
    const world = await openWorld()
    await world.put({ meetingUrl: secret })
    await world.put({ meetingUrl: bare }, world.second)
    await world.settle()
    const [{ botId } = { botId: '' }] = world.live()
    await world.disconnect(world.integration.id)
    await world.settle()
    expect(world.live()).toMatchObject([{ botId, request: { meetingUrl: secret } }])
    expect(await world.shown()).toContain(bare)
  })

  const guest = { organizer: { email: 'kim@client.test', name: null } }

  test.each([
    ['first', ['own', 'guests']],
    ['second', ['guests', 'own']],
  ] as const)('two passcodes: the organiser’s counts, booked %s', async (_, order) => {
    const world = await openWorld()
    const startTime = world.inMinutes(60)
    const put = {
      own: () => world.put({ startTime, meetingUrl: secret }),
      guests: () => world.put({ ...guest, startTime, meetingUrl: other }, world.second),
    }
    for (const whose of order) {
      await put[whose]()
      await world.settle()
      await world.pass(1)
    }
    expect(world.joinsBy()).toEqual([secret])
  })

  test('two passcodes, and neither is the organiser’s: the newest counts', async () => {
    const world = await openWorld()
    const startTime = world.inMinutes(60)
    await world.put({ ...guest, startTime, meetingUrl: other }, world.second)
    await world.settle()
    await world.pass(1)
    await world.put({ ...guest, startTime, meetingUrl: secret })
    await world.settle()
    expect(world.joinsBy()).toEqual([secret])
  })
})

describe('colleagues', () => {
  test.each([
    ['the one who booked', secret, bare],
    ['the one who shares', bare, secret],
  ])(
    'the passcode is with %s: one bot comes and has it, and each user is shown their own link',
    async (_, mine, theirs) => {
      const world = await openWorld()
      await world.put({ meetingUrl: mine })
      await world.settle()
      await world.put({ meetingUrl: theirs }, world.bo.integration)
      await world.settle()
      expect(world.joinsBy()).toEqual([secret])
      expect(await world.shown()).toEqual([mine])
      expect(await world.shown(world.bo.userId)).toEqual([theirs])
    },
  )

  test('the user with the passcode leaves: the bot keeps it, and the next owner sees their own link', async () => {
    const world = await openWorld()
    const event = await world.put({ meetingUrl: secret })
    await world.put({ meetingUrl: bare }, world.bo.integration)
    await world.settle()
    await world.override(event.id, 'skip')
    await world.settle()
    expect(world.joinsBy()).toEqual([secret])
    expect(await world.shown(world.bo.userId)).toEqual([bare])
    const entries = await world.meetings.timeline(world.meetings.all()[0]?.id ?? '', 0, 100)
    expect(JSON.stringify(entries)).not.toContain('pwd')
  })

  test('a bot that was handed over and moves to another day does not keep the passcode of its former owner', async () => {
    const world = await openWorld()
    const event = await world.put({ meetingUrl: secret })
    const theirs = await world.put({ meetingUrl: bare }, world.bo.integration)
    await world.settle()
    await world.override(event.id, 'skip')
    await world.settle()
    const later = { startTime: world.inMinutes(3_000), endTime: world.inMinutes(3_030) }
    await world.put({ ...theirs, ...later }, world.bo.integration)
    await world.settle()
    expect(world.live().map(({ request }) => [request.meetingUrl, request.joinAt])).toEqual([[bare, later.startTime]])
  })

  test('an order by hand keeps its bot when the link is changed shortly before the bot starts', async () => {
    const world = await openWorld()
    const ordered = await world.order({ meetingUrl: bare, joinAt: world.inMinutes(60) })
    await world.settle()
    await world.pass(58)
    await world.put({ meetingUrl: secret, startTime: world.inMinutes(2) }, world.second)
    await world.settle()
    expect(world.live().map(({ request }) => request.meetingId)).toEqual([
      'meeting' in ordered ? ordered.meeting.id : '',
    ])
  })
})

describe('orders by hand', () => {
  const joining = (world: Awaited<ReturnType<typeof openWorld>>) => ({ joinAt: world.inMinutes(60) })

  test('an order with the passcode gives it to the user’s bot that was booked without it', async () => {
    const world = await openWorld()
    const event = await world.put({ meetingUrl: bare })
    await world.settle()
    await world.order({ meetingUrl: secret, joinAt: event.startTime })
    await world.settle()
    expect(world.joinsBy()).toEqual([secret])
    expect(await world.shown()).toEqual([secret])
  })

  test('an event with the passcode gives it to a bot that was ordered without it', async () => {
    const world = await openWorld()
    await world.order({ meetingUrl: bare, ...joining(world) })
    await world.settle()
    await world.put({ meetingUrl: secret })
    await world.settle()
    expect(world.joinsBy()).toEqual([secret])
    expect(await world.shown()).toEqual([bare])
  })

  test('an invited colleague’s link gives the bot the passcode', async () => {
    const world = await openWorld()
    await world.put({ meetingUrl: bare })
    await world.settle()
    await world.order({ meetingUrl: secret, ...joining(world) }, world.bo.userId)
    await world.settle()
    expect(world.joinsBy()).toEqual([secret])
    expect([await world.shown(), await world.shown(world.bo.userId)]).toEqual([[bare], [secret]])
  })

  test('somebody who is not invited and does not know the passcode gets a bot of their own', async () => {
    const world = await openWorld()
    await world.put({ meetingUrl: secret })
    await world.settle()
    const ordered = await world.order({ meetingUrl: bare, ...joining(world) }, world.bo.userId)
    expect(ordered.outcome).toBe('accepted')
    await world.settle()
    expect(world.joinsBy().sort()).toEqual([bare, secret])
    expect(await world.shown(world.bo.userId)).toEqual([bare])
  })

  test('a bot that was ordered without the passcode does not get it from a colleague who shares the bot', async () => {
    const world = await openWorld()
    await world.order({ meetingUrl: bare, ...joining(world) }, world.bo.userId)
    await world.settle()
    await world.put({ meetingUrl: secret })
    await world.order({ meetingUrl: secret, ...joining(world) })
    await world.settle()
    expect(world.joinsBy().sort()).toEqual([bare, secret])
    expect(await world.shown(world.bo.userId)).toEqual([bare])
  })

  test('the same is true if the bot was shared before anybody knew of a passcode', async () => {
    const world = await openWorld()
    const kim = await world.addUser('kim@acme.test')
    await world.put({ meetingUrl: bare })
    await world.settle()
    await world.order({ meetingUrl: bare, ...joining(world) }, kim.userId)
    await world.put({ meetingUrl: secret }, world.bo.integration)
    await world.settle()
    expect(world.joinsBy().sort()).toEqual([bare, secret])
    const [theirs] = (await world.meetings.list(kim.userId, {}, null, 10)).map(({ meeting }) => meeting.joinUrl)
    expect(theirs).toBe(bare)
  })

  test.each([
    ['gives the passcode', secret, []],
    ['has an event of it', bare, [bare]],
  ])('somebody who %s shares the bot', async (_, meetingUrl, invitations) => {
    const world = await openWorld()
    await world.put({ meetingUrl: secret })
    await world.settle()
    await world.setRules({ enabled: false }, world.bo.userId)
    for (const link of invitations) await world.put({ meetingUrl: link }, world.bo.integration)
    expect(await world.order({ meetingUrl, ...joining(world) }, world.bo.userId)).toMatchObject({ outcome: 'existing' })
    await world.settle()
    expect(world.joinsBy()).toEqual([secret])
    expect(await world.shown(world.bo.userId)).toEqual([meetingUrl])
  })

  test.each([
    ['on another day', (world: Awaited<ReturnType<typeof openWorld>>) => ({ startTime: world.inMinutes(1_500) })],
    ['that was cancelled', () => ({ status: 'cancelled' as const })],
    ['of another meeting', () => ({ meetingUrl: 'https://zoom.us/j/900000000' })],
  ])('an event %s invites nobody', async (_, event) => {
    const world = await openWorld()
    await world.put({ meetingUrl: secret })
    await world.put({ meetingUrl: bare, ...event(world) }, world.bo.integration)
    await world.settle()
    const ordered = await world.order({ meetingUrl: bare, ...joining(world) }, world.bo.userId)
    expect(ordered.outcome).toBe('accepted')
  })

  test('another passcode opens nothing', async () => {
    const world = await openWorld()
    await world.put({ meetingUrl: secret })
    await world.settle()
    const ordered = await world.order({ meetingUrl: other, ...joining(world) }, world.bo.userId)
    expect(ordered.outcome).toBe('accepted')
  })
})
