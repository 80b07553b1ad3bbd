/**
 * Shows items as cards in a container. Returns a function that rebuilds only the cards that changed, and keeps open
 * lists open and the focus where it was. `idOf(item)` tells items apart; `build(item)` makes a card.
 */
export function cardList(container, idOf, build) {
  const cards = new Map()

  function cardOf(item) {
    const text = JSON.stringify(item)
    const known = cards.get(idOf(item))
    if (known?.text === text) return known.element
    const element = build(item)
    const details = element.querySelector('details')
    if (details) details.open = known?.element.querySelector('details')?.open ?? false
    known?.element.replaceWith(element)
    cards.set(idOf(item), { text, element })
    return element
  }

  return (items) => {
    const focus = document.activeElement?.dataset.focus
    const present = new Set(items.map(idOf))
    for (const [id, { element }] of cards) {
      if (present.has(id)) continue
      element.remove()
      cards.delete(id)
    }
    for (const [place, item] of items.entries()) {
      const element = cardOf(item)
      if (container.children[place] !== element) container.insertBefore(element, container.children[place] ?? null)
    }
    if (focus && document.activeElement?.dataset.focus !== focus) {
      container.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus()
    }
  }
}
