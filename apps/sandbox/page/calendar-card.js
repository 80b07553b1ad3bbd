import { dateAndTime, h, table } from './dom.js'

const platformNames = { google: 'Google', microsoft: 'Microsoft' }
const shownEvents = 40
const meetingUrl = 'https://meet.google.com/abc-defg-hij'

/**
 * A connected calendar and its next events. The buttons call `act.onCalendar(calendar, change)`, where `change` is
 * `refuse`, `restore` or `push`, and `act.onEvent(calendar, event, method, path, body)`.
 */
export function calendarCard(calendar, act) {
  const { calendarId, email, name, platform, upcoming } = calendar
  return h(
    'article',
    { class: 'bot', 'aria-labelledby': `name-${calendarId}` },
    h(
      'header',
      {},
      h(
        'div',
        {},
        h('h3', { id: `name-${calendarId}` }, email, ' ', tag(platformNames[platform]), ' ', tag(name)),
        h('p', { class: 'url quiet' }, subscription(calendar)),
      ),
      h('div', {}, status(calendar), buttons(calendar, act)),
    ),
    events(calendar, act),
    upcoming.length > shownEvents ? h('p', { class: 'quiet' }, `… and ${upcoming.length - shownEvents} more.`) : null,
  )
}

const tag = (text) => h('span', { class: 'tag' }, text)

function subscription({ calendarId, hearsOfChanges, subscription: push, events: count }) {
  const hears = hearsOfChanges && push
  const text = hears ? `push until ${dateAndTime(push.expiresAt)}` : 'hears of no changes until a sync'
  return `${text} · ${count} events known · ${calendarId}`
}

function status({ status: state, statusMessage }) {
  const mood = state === 'active' ? 'good' : 'bad'
  return h('p', {}, h('span', { class: `status ${mood}`, title: statusMessage ?? undefined }, state))
}

function buttons(calendar, act) {
  const { calendarId, email, auth, status: state, push } = calendar
  const button = (change, text) =>
    h(
      'button',
      {
        type: 'button',
        'data-focus': `${calendarId} ${change}`,
        'aria-label': `${text}: ${email}`,
        onclick: () => act.onCalendar(calendar, change),
      },
      text,
    )
  const well = auth === 'ok' && state === 'active'
  return h(
    'div',
    { class: 'row' },
    button('push', push ? 'Push off' : 'Push on'),
    well ? button('refuse', 'Refuse token') : button('restore', 'Restore token'),
  )
}

function events(calendar, act) {
  if (calendar.upcoming.length === 0) return h('p', { class: 'quiet' }, 'No event in the next days.')
  const columns = ['Starts', 'Event', 'Link', 'State', 'Bot', '']
  const rows = calendar.upcoming.slice(0, shownEvents).map((event) => eventRow(calendar, event, act))
  return h('div', { class: 'scroll' }, table(columns, rows, { class: 'events' }))
}

const none = () => h('span', { class: 'quiet' }, 'none')

function eventRow(calendar, event, act) {
  const { start, title, type, meetingUrl: link, status: state, isException, bots } = event
  const kind = type === 'recurring' ? (isException ? ' (series, exception)' : ' (series)') : ''
  const cells = [
    h('time', { datetime: start }, dateAndTime(start).slice(0, 16)),
    [title, h('span', { class: 'quiet' }, kind)],
    link ?? none(),
    state,
    bots.map(({ status: botState }) => botState).join(', ') || none(),
    h('div', { class: 'row' }, eventButtons(calendar, event, act)),
  ]
  return { cells, off: state === 'cancelled' }
}

function eventButtons(calendar, event, act) {
  const off = event.status === 'cancelled'
  const button = (text, method, path, body) =>
    h(
      'button',
      {
        type: 'button',
        'data-focus': `${event.eventId} ${text}`,
        'aria-label': `${text}: ${event.title}`,
        onclick: () => act.onEvent(calendar, event, method, path, body),
      },
      text,
    )
  if (off) return [button('Restore', 'POST', '/restore', {}), button('Accept', 'POST', '/accept', {})]
  const link = event.meetingUrl === null ? meetingUrl : null
  return [
    button('+30 min', 'PATCH', '', { shiftMinutes: 30 }),
    button('Cancel', 'POST', '/cancel', {}),
    button('Decline', 'POST', '/decline', {}),
    button(link ? 'Add link' : 'Remove link', 'PATCH', '', { meetingUrl: link }),
  ]
}
