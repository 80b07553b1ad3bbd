import { botCard } from './bot-card.js'
import { buildCalendars } from './calendars.js'
import { cardList } from './card-list.js'
import { dateAndTime, h, table } from './dom.js'

const refreshMs = 1000
const shownBots = 100
const noAnswer = 'The sandbox does not answer.'

const speeds = [0, 1, 10, 60, 600]
const jumps = [
  ['+10 s', 10],
  ['+1 min', 60],
  ['+10 min', 600],
  ['+1 h', 3600],
  ['+1 day', 86_400],
]

const byId = (id) => document.getElementById(id)

/** Calls the sandbox. If it refuses, the page shows a sentence, and this throws. */
async function call(method, path, body, headers = {}) {
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  const response = await fetch(path, { method, headers: { ...type, ...headers }, body: body && JSON.stringify(body) })
  const answer = await response.json()
  if (response.ok) return answer
  throw new Error(typeof answer.error === 'string' && !answer.code ? answer.error : `${answer.code}: ${answer.message}`)
}

/** Does what the user asked for, then shows the result or what went wrong. */
async function attempt(action) {
  try {
    await action()
    say('')
  } catch (error) {
    say(error.message)
  }
  await refresh()
}

function say(text) {
  byId('message').textContent = text
  byId('message').hidden = text === ''
}

function showClock({ now, speed, realNow }) {
  byId('now').textContent = dateAndTime(now)
  byId('now').dateTime = now
  for (const button of byId('speeds').children)
    button.setAttribute('aria-pressed', String(Number(button.value) === speed))
  const aheadMs = Date.parse(now) - Date.parse(realNow)
  byId('ahead').hidden = aheadMs < 60_000
}

function showBookings(scheduled) {
  byId('booked').hidden = scheduled.length === 0
  const rows = scheduled.map(({ joinAt, botName, meetingUrl }) => ({
    cells: [dateAndTime(joinAt), botName, meetingUrl],
  }))
  byId('bookings').replaceChildren(table(['Joins at', 'Bot', 'Meeting'], rows))
}

const showBotCards = cardList(
  byId('bots'),
  ({ botId }) => botId,
  (bot) => botCard(bot, (id, action) => attempt(() => call('POST', `/sandbox/bots/${id}/${action}`))),
)

function showBots(bots, total) {
  byId('empty').hidden = total > 0
  byId('count').textContent = total > bots.length ? `newest ${bots.length} of ${total}` : String(total || '')
  showBotCards(bots)
}

async function refresh() {
  try {
    const [clock, { bots, scheduled, total }] = await Promise.all([
      call('GET', '/sandbox/clock'),
      call('GET', `/sandbox/bots?limit=${shownBots}&open=true`),
      refreshCalendars(),
    ])
    showClock(clock)
    showBookings(scheduled)
    showBots(bots, total)
    if (byId('message').textContent === noAnswer) say('')
  } catch {
    say(noAnswer)
  }
}

async function refreshForever() {
  await refresh()
  setTimeout(refreshForever, refreshMs)
}

function buildClock() {
  const setClock = (change) => attempt(() => call('POST', '/sandbox/clock', change))
  for (const speed of speeds) {
    const text = speed === 0 ? 'Pause' : `${speed}×`
    byId('speeds').append(h('button', { type: 'button', value: speed, onclick: () => setClock({ speed }) }, text))
  }
  for (const [text, advanceSeconds] of jumps) {
    byId('jumps').append(h('button', { type: 'button', onclick: () => setClock({ advanceSeconds }) }, text))
  }
}

async function sendBot(form) {
  const fields = new FormData(form)
  const minutes = Number(fields.get('minutes'))
  const body = {
    bot_name: fields.get('bot_name'),
    meeting_url: `${fields.get('platform')}?sandbox=${fields.get('scenario')}`,
    transcription_enabled: fields.has('transcription'),
  }
  const headers = { 'x-meeting-baas-api-key': fields.get('key') }
  if (minutes === 0) return call('POST', '/v2/bots', body, headers)
  const { now } = await call('GET', '/sandbox/clock')
  const join_at = new Date(Date.parse(now) + minutes * 60_000).toISOString()
  return call('POST', '/v2/bots/scheduled', { ...body, join_at }, headers)
}

const duration = (seconds) => (seconds < 120 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`)

async function buildForm() {
  const form = byId('send')
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    return attempt(() => sendBot(form))
  })
  const [{ scenarios }, settings] = await Promise.all([
    call('GET', '/sandbox/scenarios'),
    call('GET', '/sandbox/settings'),
  ])
  if (settings.apiKey) form.elements.key.value = settings.apiKey
  byId('meeting-length').textContent = duration(settings.meetingSeconds)
  form.elements.scenario.append(...scenarios.map((name) => h('option', { value: name }, name)))
}

const refreshCalendars = buildCalendars(call, attempt)
buildClock()
await Promise.all([attempt(buildForm), refreshForever()])
