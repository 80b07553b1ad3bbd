/** Whether two values are equal as JSON. The order of fields does not count: a database returns them in its own. */
export function isSameJson(a: unknown, b: unknown): boolean {
  // What was written in one order is mostly read in that order, and to sort costs many times as much.
  return JSON.stringify(a) === JSON.stringify(b) || sorted(a) === sorted(b)
}

const sorted = (value: unknown) => JSON.stringify(value, sortFields)

function sortFields(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
}
