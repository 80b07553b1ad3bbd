import { calendarCard } from './calendar-card.js'
import { cardList } from './card-list.js'
import { h } from './dom.js'

const shownCalendars = 20
const eventDays = 3

const byId = (id) => document.getElementById(id)

/** Wires the section of calendars. Returns a function that brings the section up to date. */
export function buildCalendars(call, attempt) {
  const act = {
    onCalendar: (calendar, change) => attempt(() => changes[change](call, calendar)),
    onEvent: ({ calendarId }, { eventId }, method, path, body) =>
      attempt(() => call(method, `/sandbox/calendars/${calendarId}/events/${eventId}${path}`, body)),
  }
  const show = cardList(
    byId('calendars'),
    ({ calendarId }) => calendarId,
    (calendar) => calendarCard(calendar, act),
  )
  onSubmit(byId('connect'), (form) => attempt(() => connect(call, new FormData(form))))
  onSubmit(byId('add-event'), (form) => attempt(() => addEvent(call, new FormData(form))))
  return async () => {
    const { calendars, total } = await call('GET', `/sandbox/calendars?limit=${shownCalendars}&eventDays=${eventDays}`)
    byId('calendar-count').textContent =
      total > calendars.length ? `newest ${calendars.length} of ${total}` : total || ''
    byId('add-event').hidden = total === 0
    offerCalendars(calendars)
    show(calendars)
  }
}

const changes = {
  refuse: (call, { accountId }) => call('PATCH', `/sandbox/accounts/${accountId}`, { auth: 'revoked' }),
  /** Also restores the account, as if the user had consented again. */
  restore: async (call, { accountId, calendarId }) => {
    await call('PATCH', `/sandbox/accounts/${accountId}`, { auth: 'ok' })
    await call('PATCH', `/sandbox/calendars/${calendarId}`, { status: 'active' })
  },
  push: (call, { calendarId, push }) => call('PATCH', `/sandbox/calendars/${calendarId}`, { push: !push }),
}

function onSubmit(form, run) {
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    return run(form)
  })
}

/** Rebuilds the choice only when it has changed. Otherwise the user would lose the selection. */
function offerCalendars(calendars) {
  const { calendar } = byId('add-event').elements
  const offered = calendars.map(({ calendarId, email, name }) => [calendarId, `${email} · ${name}`])
  if (calendar.dataset.offered === JSON.stringify(offered)) return
  calendar.dataset.offered = JSON.stringify(offered)
  const chosen = calendar.value
  calendar.replaceChildren(...offered.map(([value, text]) => h('option', { value, selected: value === chosen }, text)))
}

/** Connects the primary calendar of an account. Any e-mail works as its token. */
async function connect(call, fields) {
  const headers = { 'x-meeting-baas-api-key': byId('send').elements.key.value }
  const credentials = {
    calendar_platform: fields.get('platform'),
    oauth_client_id: 'page',
    oauth_client_secret: 'page',
    oauth_refresh_token: fields.get('email'),
  }
  const { data } = await call('POST', '/v2/calendars/list-raw', credentials, headers)
  const { id } = data.find(({ is_primary }) => is_primary) ?? data[0]
  await call('POST', '/v2/calendars', { ...credentials, raw_calendar_id: id }, headers)
}

async function addEvent(call, fields) {
  const { now } = await call('GET', '/sandbox/clock')
  const start = new Date(Date.parse(now) + Number(fields.get('minutes')) * 60_000).toISOString()
  const frequency = fields.get('repeats')
  await call('POST', `/sandbox/calendars/${fields.get('calendar')}/events`, {
    title: fields.get('title'),
    start,
    minutes: Number(fields.get('length')),
    meetingUrl: fields.get('link') || null,
    recurrence: frequency ? { frequency } : null,
  })
}
