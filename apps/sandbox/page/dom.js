/**
 * Makes an element. Attributes that start with "on" become listeners; true and false switch an attribute on and off.
 * Text stays text: the name of a bot can never become markup.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else if (value === true) element.setAttribute(name, '')
    else if (value !== false && value !== undefined) element.setAttribute(name, value)
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined))
  return element
}

/**
 * Makes a table with a row of cells for each item. Each cell knows the name of its column, because on a narrow screen a
 * row becomes a list of names and values. So nothing is cut off.
 */
export function table(columns, rows, attributes = {}) {
  return h(
    'table',
    attributes,
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        columns.map((name) => h('th', { scope: 'col' }, name)),
      ),
    ),
    h(
      'tbody',
      {},
      rows.map(({ cells, off = false }) =>
        h(
          'tr',
          { class: off ? 'off' : undefined },
          cells.map((content, at) => h('td', { 'data-column': columns[at] }, h('div', {}, content))),
        ),
      ),
    ),
  )
}

/** `14:03:21` of an ISO time. */
export const timeOfDay = (iso) => iso.slice(11, 19)

/** `2026-03-11 14:03:21` of an ISO time. */
export const dateAndTime = (iso) => `${iso.slice(0, 10)} ${timeOfDay(iso)}`
