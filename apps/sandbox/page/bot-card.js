import { dateAndTime, h, table, timeOfDay } from './dom.js'

const platformNames = { meet: 'Google Meet', zoom: 'Zoom', teams: 'Microsoft Teams' }

/** The buttons of a card. The sandbox says which of them make sense. */
const actions = ['admit', 'refuse', 'kick', 'end', 'crash']

const recordingStatuses = ['in_call_recording', 'recording_resumed']

/** Shows everything that the sandbox knows of one bot. The buttons call `act(botId, action)`. */
export function botCard(bot, act) {
  return h(
    'article',
    { class: 'bot', 'aria-labelledby': `name-${bot.botId}` },
    h(
      'header',
      {},
      h(
        'div',
        {},
        h(
          'h3',
          { id: `name-${bot.botId}` },
          bot.botName,
          ' ',
          tag(platformNames[bot.platform]),
          ' ',
          tag(bot.scenario),
        ),
        h('p', { class: 'url quiet' }, bot.meetingUrl),
      ),
      h('div', {}, status(bot), buttons(bot, act)),
    ),
    history(bot),
    bot.failure && h('p', {}, h('code', {}, bot.failure.code), ` ${bot.failure.message}`),
    deliveries(bot),
  )
}

const tag = (text) => h('span', { class: 'tag' }, text)

function status(bot) {
  const recorded = bot.recordedSeconds === null ? '' : ` · ${minutes(bot.recordedSeconds)} recorded`
  return h(
    'p',
    {},
    h('span', { class: `status ${mood(bot.status)}` }, bot.status),
    h('span', { class: 'quiet' }, recorded),
  )
}

function mood(code) {
  if (code === 'completed') return 'good'
  if (code === 'failed' || code === 'recording_failed') return 'bad'
  return recordingStatuses.includes(code) ? 'live' : 'wait'
}

function minutes(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`
}

function buttons(bot, act) {
  const button = (action) =>
    h(
      'button',
      {
        type: 'button',
        'data-focus': `${bot.botId} ${action}`,
        'aria-label': `${label(action)} ${bot.botName}`,
        disabled: !bot.actions.includes(action),
        onclick: () => act(bot.botId, action),
      },
      label(action),
    )
  return h('div', { class: 'row' }, actions.map(button))
}

const label = (action) => action[0].toUpperCase() + action.slice(1)

function history(bot) {
  const steps = bot.history.map(({ code, at, message }) =>
    h('li', { title: message }, code, ' ', h('time', { datetime: at }, timeOfDay(at))),
  )
  if (bot.next) {
    const { status: code, at } = bot.next
    steps.push(h('li', { class: 'next' }, `next: ${code} `, h('time', { datetime: at }, timeOfDay(at))))
  }
  return h('ol', { class: 'history', 'aria-label': 'Status history' }, steps)
}

function deliveries(bot) {
  const { length } = bot.deliveries
  if (length === 0) return h('p', { class: 'quiet' }, 'No webhook or callback yet.')
  const undelivered = bot.deliveries.filter(({ state }) => state !== 'delivered').length
  const summary = `${length} webhooks and callbacks${undelivered ? `, ${undelivered} not delivered` : ', all delivered'}`
  const columns = ['Sent at', 'Event', 'To', 'State', 'Answers']
  return h(
    'details',
    { 'data-open': bot.botId },
    h('summary', { 'data-focus': `${bot.botId} deliveries` }, summary),
    h('div', { class: 'scroll' }, table(columns, bot.deliveries.map(deliveryRow))),
  )
}

function deliveryRow(delivery) {
  const { event, status: code, channel, url, state, createdAt, attempts, notes } = delivery
  const answers = attempts.flatMap(({ status: answer, error, at }) => {
    const good = answer >= 200 && answer < 300
    return [h('span', { class: good ? 'ok' : 'nok', title: dateAndTime(at) }, String(answer ?? error)), ' ']
  })
  const sent = h('time', { datetime: createdAt }, timeOfDay(createdAt))
  const what = code ? `${event} ${code}` : event
  return { cells: [sent, what, `${channel} ${url}`, [state, ...notes].join(' · '), answers] }
}
